import { beforeAll, describe, expect, it } from 'vitest';
import {
  dimensions,
  makeMatrix,
  matrixKinds,
  permutation,
  permuteRows,
  rowCounts,
} from '../../../test/support/cases.ts';
import { expectSameBits } from '../../../test/support/compare.ts';
import { testSession } from '../../../test/support/device.ts';
import { InvalidInputError, InvalidOptionError, type Matrix, NumericError, type Session } from '../../index.ts';
import { type DistanceMetric, distanceMetrics } from '../distance-metric.ts';
import { workgroupSize } from './nearest.common.wgsl.ts';
import { planNearest } from './nearest.plan.ts';
import { nearestReference } from './nearest.reference.ts';
import { createNearest, type Nearest } from './nearest.ts';

let session: Session;
let nearest: Nearest;
beforeAll(async () => {
  session = await testSession();
  nearest = createNearest(session);
});

/** Indices and distances are exactly those of the reference: no row may differ. */
async function expectExact(query: Matrix, base: Matrix, k: number, metric: DistanceMetric, kernel = nearest) {
  const actual = await kernel.run({ query, base, k, metric });
  const expected = nearestReference(query, base, k, metric);
  const what = `${metric} n ${query.n} m ${base.n} d ${query.d} k ${k}`;
  expect(actual.indices, what).toEqual(expected.indices);
  expectSameBits(actual.distances, expected.distances, what);
  return actual;
}

/**
 * One query and `m` rows at right angles to it (seen from it): `near` of them at distance 1 up to rounding, so with one
 * cosine, too; the others at 3.
 */
function sphere(m: number, near: number, d: number, seed: number): { query: Matrix; base: Matrix } {
  const query = makeMatrix(1, d, seed);
  const base = makeMatrix(m, d, seed + 1000);
  const squared = query.data.reduce((sum, x) => sum + x * x, 0);
  for (let row = 0; row < m; row++) {
    const own = base.data.subarray(row * d, (row + 1) * d);
    const along = own.reduce((sum, value, j) => sum + value * query.data[j], 0) / squared;
    const across = Array.from(own, (value, j) => value - along * query.data[j]);
    const length = Math.hypot(...across);
    for (let j = 0; j < d; j++) own[j] = query.data[j] + ((row < near ? 1 : 3) * across[j]) / length;
  }
  return { query, base };
}

describe('nearest equals the reference, index for index', () => {
  it.each(distanceMetrics)('%s: rows around a workgroup, all dimensions', async (metric) => {
    for (const [at, n] of rowCounts(workgroupSize).entries()) {
      const d = dimensions[at % dimensions.length];
      await expectExact(makeMatrix(n, d, 1), makeMatrix(37, d, 2), 1, metric);
      if (n > 0) await expectExact(makeMatrix(5, d, 3), makeMatrix(n, d, 4), 1, metric);
    }
    for (const d of dimensions) await expectExact(makeMatrix(70, d, 5), makeMatrix(65, d, 6), 1, metric);
  });

  it.each(distanceMetrics)('%s: every kind of data', async (metric) => {
    for (const kind of matrixKinds) {
      for (const d of [3, 67]) await expectExact(makeMatrix(40, d, 7, kind), makeMatrix(131, d, 8, kind), 5, metric);
    }
  });

  it('every k from 1 to 32 on data with ties and without', async () => {
    for (const k of [1, 2, 7, 32]) {
      for (const kind of [matrixKinds[0], matrixKinds[2]]) {
        await expectExact(makeMatrix(20, 4, 9, kind), makeMatrix(200, 4, 10, kind), k, 'squared-l2');
      }
    }
  });

  it('k = m, and a base of one row', async () => {
    await expectExact(makeMatrix(9, 5, 11), makeMatrix(7, 5, 12), 7, 'l2');
    await expectExact(makeMatrix(3, 5, 13), makeMatrix(1, 5, 14), 1, 'cosine');
  });

  it('rows of zeros: cosine distance 1 to all, so the lowest rows', async () => {
    const query: Matrix = { data: new Float32Array(8), n: 2, d: 4 };
    query.data.set([1, 2, 3, 4], 4);
    const base = makeMatrix(9, 4, 15);
    base.data.fill(0, 8, 12);
    const { indices, distances } = await expectExact(query, base, 3, 'cosine');
    expect([...indices.subarray(0, 3)]).toEqual([0, 1, 2]);
    expect([...distances.subarray(0, 3)]).toEqual([1, 1, 1]);
  });

  it('rows of very different size', async () => {
    const scales = { name: 'scales', value: (u: number, row: number) => (2 * u - 1) * 10 ** ((row % 13) - 6) };
    for (const metric of distanceMetrics) {
      await expectExact(makeMatrix(30, 8, 16, scales), makeMatrix(150, 8, 17, scales), 2, metric);
    }
  });

  it('values whose squares over- or underflow f32: the host takes over', async () => {
    const large = { name: 'large', value: (u: number) => (2 * u - 1) * 1e17 };
    const { recomputedCount } = await expectExact(makeMatrix(3, 4, 18, large), makeMatrix(50, 4, 19, large), 1, 'l2');
    expect(recomputedCount).toBe(3);
    const tiny = { name: 'tiny', value: (u: number) => (2 * u - 1) * 1e-30 };
    for (const kind of [large, tiny]) {
      await expectExact(makeMatrix(3, 4, 20, kind), makeMatrix(50, 4, 21, kind), 1, 'cosine');
    }
  });

  it('a base on a sphere around the query: distances that f32 arithmetic cannot tell apart', async () => {
    for (let seed = 100; seed < 120; seed++) {
      for (const near of [4, 100]) {
        const { query, base } = sphere(100, near, 32, seed);
        for (const metric of distanceMetrics) await expectExact(query, base, 1, metric);
      }
    }
  });
});

describe('nearest: certification', () => {
  it('leaves few rows to the host on spread data, and all of them where everything is equal', async () => {
    const spread = await nearest.run({
      query: makeMatrix(300, 16, 23),
      base: makeMatrix(500, 16, 24),
      k: 1,
      metric: 'squared-l2',
    });
    // Gaps between neighbors are of the order 1/500 of the distance, the bound 1e-5 of it: about 1 in 100.
    expect(spread.recomputedCount).toBeLessThan(15);
    const equal = matrixKinds[3];
    const query = makeMatrix(30, 16, 25, equal);
    const result = await nearest.run({ query, base: makeMatrix(50, 16, 26, equal), k: 1, metric: 'squared-l2' });
    expect(result.recomputedCount).toBe(30);
    expect([...new Set(result.indices)]).toEqual([0]);
  });

  it('survives a base that does not fit into one binding', async () => {
    const query = makeMatrix(201, 32, 27);
    const base = makeMatrix(301, 32, 28);
    // 80 rows of 32 values, so 64: the base is cut into 5 pieces, the queries into 4.
    const small = await testSession({ maxBindingBytes: 80 * 32 * 4 });
    const plan = await planNearest(small, { n: 201, m: 301, d: 32, k: 2, metric: 'l2' }, 'plain');
    expect([plan.baseChunks.length, plan.queryChunks.length]).toEqual([5, 4]);
    for (const metric of distanceMetrics)
      await expectExact(query, base, 2, metric, createNearest(small, { variant: 'plain' }));
    expect(small.pool.stats().liveBytes).toBe(0);
    small.dispose();
  });
});

describe('nearest: properties', () => {
  it('moves with the base: permuted rows give permuted indices', async () => {
    const query = makeMatrix(50, 6, 29);
    const base = makeMatrix(90, 6, 30);
    const order = permutation(90, 31);
    const plain = await nearest.run({ query, base, k: 3, metric: 'l2' });
    const permuted = await nearest.run({ query, base: permuteRows(base, order), k: 3, metric: 'l2' });
    expect(permuted.indices.map((at) => order[at])).toEqual(plain.indices);
    expectSameBits(permuted.distances, plain.distances, 'distances');
  });

  it('does not change when all rows move together', async () => {
    // Multiples of 1/8 below 2^10 stay exact in f32 when 4096 is added, so the distances are the same numbers.
    const eighths = { name: 'eighths', value: (u: number) => Math.floor(u * 8192) / 8 };
    const query = makeMatrix(40, 5, 32, eighths);
    const base = makeMatrix(80, 5, 33, eighths);
    const moved = ({ data, n, d }: Matrix): Matrix => ({ data: data.map((value) => value + 4096), n, d });
    const plain = await nearest.run({ query, base, k: 2, metric: 'squared-l2' });
    const shifted = await nearest.run({ query: moved(query), base: moved(base), k: 2, metric: 'squared-l2' });
    expect(shifted.indices).toEqual(plain.indices);
    expectSameBits(shifted.distances, plain.distances, 'distances');
  });

  it('finds every row of the base as its own neighbor, at distance 0', async () => {
    const base = makeMatrix(130, 7, 34);
    const { indices, distances } = await nearest.run({ query: base, base, k: 1, metric: 'squared-l2' });
    expect([...indices]).toEqual(Array.from({ length: 130 }, (_, row) => row));
    expect(distances.every((distance) => distance === 0)).toBe(true);
  });
});

describe('nearest: errors', () => {
  const query = makeMatrix(4, 3, 35);
  const base = makeMatrix(6, 3, 36);
  const good = { query, base, k: 2, metric: 'l2' as const };
  const broken = (matrix: Matrix, at: number, value: number): Matrix => ({
    ...matrix,
    data: matrix.data.with(at, value),
  });

  it('control: the same input without a fault runs', async () => {
    await expect(nearest.run(good)).resolves.toMatchObject({ indices: { length: 8 } });
  });

  it.each([
    ['k = 0', { ...good, k: 0 }, InvalidInputError, 'k is 0'],
    ['k = 33', { ...good, k: 33 }, InvalidInputError, 'k is 33'],
    ['k above the base', { ...good, k: 7 }, InvalidInputError, 'only 6 rows'],
    ['an empty base', { ...good, k: 1, base: makeMatrix(0, 3, 0) }, InvalidInputError, 'only 0 rows'],
    ['other widths', { ...good, base: makeMatrix(6, 4, 0) }, InvalidInputError, 'd = 4'],
    ['a wrong length', { ...good, query: { ...query, n: 5 } }, InvalidInputError, '12 values, expected n * d = 5 * 3'],
    ['NaN', { ...good, query: broken(query, 7, Number.NaN) }, InvalidInputError, 'query row 2 holds NaN in column 1'],
    ['infinity', { ...good, base: broken(base, 3, -Infinity) }, InvalidInputError, 'base row 1 holds -Infinity'],
    ['a metric that is none', { ...good, metric: 'manhattan' as 'l2' }, InvalidOptionError, 'metric is manhattan'],
    [
      'a distance beyond f32',
      { ...good, metric: 'squared-l2' as const, query: broken(query, 0, 1e20) },
      NumericError,
      'query 0',
    ],
  ])('%s', async (_name, input, kind, message) => {
    const failure = nearest.run(input);
    await expect(failure).rejects.toBeInstanceOf(kind);
    await expect(failure).rejects.toThrow(message);
  });
});
