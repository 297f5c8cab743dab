import {
  CsxError,
  classMeansBound,
  latentErrorBound,
  logOddsErrorBound,
  type Matrix,
  minorWeightErrorBounds,
  pairwiseDistanceBound,
  probabilityErrorBound,
} from '@csx/wgsl-kernels';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { testDevice } from '../../../wgsl-kernels/test/support/device.ts';
import { madeUpLatents } from '../../test/support/made-up-latents.ts';
import { pairBoundary } from '../method/placement.ts';
import { createCpuLatentOps } from './cpu-latent-ops.ts';
import { createGpuLatentOps } from './gpu-latent-ops.ts';
import type { DistanceMetric, ExtrapolateRequest, LatentOps, Placement } from './latent-ops.ts';

const cpu = createCpuLatentOps();
let gpu: LatentOps;
beforeAll(async () => {
  gpu = createGpuLatentOps(await testDevice());
});
afterAll(() => gpu.dispose());

const matrix = (rows: readonly (readonly number[])[], d = rows[0]?.length ?? 1): Matrix => ({
  data: Float32Array.from(rows.flat()),
  n: rows.length,
  d,
});

/** What a CPU result may be off by itself: rounding float64 to f32. */
const rounding = (value: number) => Math.abs(value) * 2 ** -24 + 2 ** -149;

// What each implementation must do by itself, with answers known by hand.
describe.each(['cpu', 'gpu'] as const)('latent operations on the %s', (kind) => {
  const ops = () => (kind === 'cpu' ? cpu : gpu);

  it('say which they are', () => {
    expect(ops().description.kind).toBe(kind);
    expect(ops().description.name).not.toBe('');
  });

  it('measure distances', async () => {
    const a = matrix([
      [0, 0],
      [3, 4],
    ]);
    expect([...(await ops().pairwiseDistance(a, a, 'squared-l2'))]).toEqual([0, 25, 25, 0]);
  });

  it('find the nearest rows, equal distances in the order of the rows', async () => {
    const base = matrix([[5], [1], [1], [-1]]);
    const { indices, distances } = await ops().nearest(matrix([[0], [5]]), base, 3);
    expect([...indices]).toEqual([1, 2, 3, 0, 1, 2]);
    expect([...distances]).toEqual([1, 1, 1, 0, 16, 16]);
  });

  it('take class means, zeros where there is no row', async () => {
    const { means, classCounts } = await ops().classMeans(matrix([[1], [2], [4]]), Uint32Array.of(2, 0, 2), 3);
    expect([...means.data]).toEqual([2, 0, 2.5]);
    expect([...classCounts]).toEqual([1, 0, 2]);
  });

  it('rank where probabilities saturate', async () => {
    // Both probabilities are 1 in f32; the log-odds are 300 and 200.
    const logits = matrix([
      [300, 0],
      [200, 0],
      [400, 0],
    ]);
    const { rows, probability } = await ops().select({ logits, labels: new Uint32Array(3), count: 1, side: 'bottom' });
    expect([...rows]).toEqual([1]);
    expect([...probability]).toEqual([1, 1, 1]);
    const top = await ops().select({ logits, labels: new Uint32Array(3), count: 2, side: 'top' });
    expect([...top.rows]).toEqual([0, 2]);
  });

  it('give equal scores to the lower row', async () => {
    const logits = { data: new Float32Array(20), n: 10, d: 2 };
    for (const side of ['bottom', 'top'] as const) {
      const { rows } = await ops().select({ logits, labels: new Uint32Array(10), count: 3, side });
      expect([...rows]).toEqual([0, 1, 2]);
    }
  });

  it('keep a matrix: the same values, for the same results', async () => {
    const base = matrix([[5], [1], [1], [-1]]);
    const kept = await ops().keep(base);
    expect(kept.matrix).toMatchObject(base);
    expect([...(await ops().nearest(matrix([[0]]), kept.matrix, 2)).indices]).toEqual([1, 2]);
    kept.release();
    const none = await ops().keep(matrix([], 2));
    expect(none.matrix).toMatchObject({ n: 0, d: 2 });
    none.release();
  });

  it('blend the pairs', async () => {
    const { latents, minorWeight, clippedCount } = await ops().extrapolate({
      latents: matrix([
        [0, 0],
        [4, 8],
      ]),
      minorRows: Uint32Array.of(1),
      majorRows: Uint32Array.of(0),
      placement: { kind: 'fixed', minorWeight: 0.25 },
      pMin: 0.1,
    });
    expect([...latents.data]).toEqual([1, 2]);
    expect([...minorWeight]).toEqual([0.25]);
    expect(clippedCount).toBe(0);
  });

  it('return empty results for no rows', async () => {
    const none = matrix([], 2);
    const some = matrix([[1, 2]]);
    expect(await ops().pairwiseDistance(none, some, 'l2')).toHaveLength(0);
    expect((await ops().nearest(none, some, 1)).indices).toHaveLength(0);
    expect((await ops().classProbability(none, new Uint32Array(0))).logOdds).toHaveLength(0);
    expect((await ops().select({ logits: none, labels: new Uint32Array(0), count: 0, side: 'top' })).rows).toHaveLength(
      0,
    );
    expect([...(await ops().classMeans(none, new Uint32Array(0), 2)).means.data]).toEqual([0, 0, 0, 0]);
    const placed = await ops().extrapolate({
      latents: some,
      minorRows: new Uint32Array(0),
      majorRows: new Uint32Array(0),
      placement: { kind: 'fixed', minorWeight: 0.5 },
      pMin: 0,
    });
    expect(placed.latents).toMatchObject({ n: 0, d: 2 });
  });

  const two = matrix([
    [1, 2],
    [3, 4],
  ]);
  const bad = matrix([
    [1, 2],
    [Number.NaN, 4],
  ]);
  const labels = Uint32Array.of(0, 1);
  const pairs = { minorRows: Uint32Array.of(0), majorRows: Uint32Array.of(1), pMin: 0 };
  const half: Placement = { kind: 'fixed', minorWeight: 0.5 };
  it.each<[string, string, (o: LatentOps) => Promise<unknown>]>([
    ['NaN in a distance', 'INVALID_INPUT', (o) => o.pairwiseDistance(two, bad, 'l2')],
    ['an unknown metric', 'INVALID_OPTION', (o) => o.pairwiseDistance(two, two, 'l3' as DistanceMetric)],
    ['widths that differ', 'INVALID_INPUT', (o) => o.nearest(two, matrix([[1]]), 1)],
    ['more neighbors than rows', 'INVALID_INPUT', (o) => o.nearest(two, two, 3)],
    ['no neighbor', 'INVALID_INPUT', (o) => o.nearest(two, two, 0)],
    ['NaN in a query', 'INVALID_INPUT', (o) => o.nearest(bad, two, 1)],
    ['a distance beyond f32', 'NUMERIC', (o) => o.nearest(matrix([[-3e38]]), matrix([[3e38]]), 1)],
    ['a shape that is not', 'INVALID_INPUT', (o) => o.nearest({ ...two, n: 3 }, two, 1)],
    ['too few labels', 'INVALID_INPUT', (o) => o.classMeans(two, Uint32Array.of(0), 2)],
    ['a label without class', 'INVALID_INPUT', (o) => o.classMeans(two, Uint32Array.of(0, 2), 2)],
    ['no class', 'INVALID_INPUT', (o) => o.classMeans(two, labels, 0)],
    ['NaN among logits', 'INVALID_INPUT', (o) => o.classProbability(bad, labels)],
    ['a label without logit', 'INVALID_INPUT', (o) => o.classProbability(two, Uint32Array.of(0, 2))],
    ['too many to select', 'INVALID_INPUT', (o) => o.select({ logits: two, labels, count: 3, side: 'top' })],
    [
      'a pair without row',
      'INVALID_INPUT',
      (o) => o.extrapolate({ ...pairs, latents: two, majorRows: Uint32Array.of(2), placement: half }),
    ],
    ['NaN in a pair', 'INVALID_INPUT', (o) => o.extrapolate({ ...pairs, latents: bad, placement: half })],
    [
      'a missing boundary',
      'INVALID_INPUT',
      (o) => o.extrapolate({ ...pairs, latents: two, placement: { kind: 'crossing' } }),
    ],
    ['pMin above 1', 'INVALID_OPTION', (o) => o.extrapolate({ ...pairs, latents: two, placement: half, pMin: 1.1 })],
  ])('refuse %s', async (_what, code, act) => {
    const error = await act(ops()).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(CsxError);
    expect((error as CsxError).code).toBe(code);
  });
});

// Both on the same data: the same indices, values within the kernels' bounds.
describe('the gpu agrees with the cpu', () => {
  const cases = [
    { name: 'two classes', counts: [30, 90], d: 16 },
    { name: 'ten classes', counts: [40, 12, 40, 12, 40, 12, 40, 12, 40, 1], d: 67 },
    { name: 'one dimension', counts: [5, 300], d: 1 },
    { name: 'a hundred classes', counts: Array.from({ length: 100 }, (_, k) => 1 + (k % 4)), d: 8 },
  ];

  describe.each(cases)('$name', ({ counts, d }) => {
    const { latents, labels, classCount, head, logits } = madeUpLatents(counts, d);
    const rowsOf = (k: number) => Uint32Array.from(labels.keys()).filter((row) => labels[row] === k);

    it.each(['squared-l2', 'l2', 'cosine'] as const)('in %s distances and neighbors', async (metric) => {
      const expected = await cpu.pairwiseDistance(latents, latents, metric);
      const got = await gpu.pairwiseDistance(latents, latents, metric);
      const bad = got.findIndex(
        (value, i) =>
          !(Math.abs(value - expected[i]) <= pairwiseDistanceBound(d, metric, expected[i]) + rounding(expected[i])),
      );
      expect(bad).toBe(-1);
      const k = Math.min(6, latents.n);
      // How many rows needed float64 is each one's own.
      const recomputedCount = 0;
      expect({ ...(await gpu.nearest(latents, latents, k, metric)), recomputedCount }).toEqual({
        ...(await cpu.nearest(latents, latents, k, metric)),
        recomputedCount,
      });
    });

    it('in class means', async () => {
      const expected = await cpu.classMeans(latents, labels, classCount);
      const got = await gpu.classMeans(latents, labels, classCount);
      expect(got.classCounts).toEqual(expected.classCounts);
      for (let k = 0; k < classCount; k++)
        for (let j = 0; j < d; j++) {
          const meanAbsolute = rowsOf(k).reduce((sum, row) => sum + Math.abs(latents.data[row * d + j]), 0) / counts[k];
          const error = Math.abs(got.means.data[k * d + j] - expected.means.data[k * d + j]);
          expect(error).toBeLessThanOrEqual(classMeansBound(counts[k], meanAbsolute));
        }
    });

    it('in probabilities', async () => {
      const expected = await cpu.classProbability(logits, labels);
      const got = await gpu.classProbability(logits, labels);
      for (let row = 0; row < latents.n; row++) {
        const odds = expected.logOdds[row];
        expect(Math.abs(got.logOdds[row] - odds)).toBeLessThanOrEqual(
          logOddsErrorBound(Math.abs(odds), classCount) + rounding(odds),
        );
        const probability = expected.probability[row];
        expect(Math.abs(got.probability[row] - probability)).toBeLessThanOrEqual(
          probabilityErrorBound(classCount) + rounding(probability),
        );
      }
    });

    it.each(['bottom', 'top'] as const)('in the %s selection, at every cut', async (side) => {
      for (const count of [0, 1, Math.round(0.3 * latents.n), latents.n - 1, latents.n]) {
        const request = { logits, labels, count, side };
        expect((await gpu.select(request)).rows).toEqual((await cpu.select(request)).rows);
      }
    });

    const asymmetric = (reading: 'boundary' | 'centroid' | 'probability' | 'density'): Placement => ({
      kind: 'asymmetric',
      gamma: -0.4,
      pMax: 0.5,
      reading,
    });
    it.each<Placement>([
      { kind: 'fixed', minorWeight: 0.5 },
      { kind: 'crossing' },
      asymmetric('boundary'),
      asymmetric('centroid'),
      asymmetric('probability'),
      asymmetric('density'),
    ])('in placement %o', async (placement) => {
      const [minor, major] = [rowsOf(1), rowsOf(0)];
      const count = Math.max(minor.length, major.length);
      const { means } = await cpu.classMeans(latents, labels, classCount);
      const { logOdds } = await cpu.classProbability(logits, labels);
      const value = (row: number) =>
        placement.kind === 'asymmetric' && placement.reading === 'density' ? Math.abs(logOdds[row]) : logOdds[row];
      const minorRows = Uint32Array.from({ length: count }, (_, i) => minor[i % minor.length]);
      const majorRows = Uint32Array.from({ length: count }, (_, i) => major[i % major.length]);
      const request: ExtrapolateRequest = {
        latents,
        minorRows,
        majorRows,
        placement,
        pMin: 0.1,
        boundary: pairBoundary(head, { minor: 1, major: 0 }),
        centroids: { minor: means.data.slice(d, 2 * d), major: means.data.slice(0, d) },
        perPair: { minor: Float32Array.from(minorRows, value), major: Float32Array.from(majorRows, value) },
      };
      const expected = await cpu.extrapolate(request);
      const got = await gpu.extrapolate(request);
      const bounds = minorWeightErrorBounds(request, Float64Array.from(expected.minorWeight));
      for (let pair = 0; pair < count; pair++) {
        const weight = expected.minorWeight[pair];
        const error = bounds[pair] + rounding(weight);
        expect(Math.abs(got.minorWeight[pair] - weight)).toBeLessThanOrEqual(error);
        for (let j = 0; j < d; j++) {
          const [a, b] = [latents.data[minorRows[pair] * d + j], latents.data[majorRows[pair] * d + j]];
          const blended = expected.latents.data[pair * d + j];
          expect(Math.abs(got.latents.data[pair * d + j] - blended)).toBeLessThanOrEqual(
            latentErrorBound(a, b, weight, error) + rounding(blended),
          );
        }
      }
    });
  });
});
