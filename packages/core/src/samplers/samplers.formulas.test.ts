import type { Matrix } from '@csx/wgsl-kernels';
import { afterAll, describe, expect, it } from 'vitest';
import { binned, expectDrawnBy, type Tally, tally } from '../../test/support/chi-square.ts';
import { distance, madeUpLatents, rowOf } from '../../test/support/made-up-latents.ts';
import { createCpuLatentOps } from '../latent-ops/cpu-latent-ops.ts';
import { createStream } from '../random/stream.ts';
import { averageLinkage, pairAt } from './average-linkage.ts';
import { fitResample } from './fit-resample.ts';
import type { Resampled } from './join-rows.ts';
import { mwmoteWeights } from './mwmote-weights.ts';
import { ramoWeights } from './ramo.ts';
import type { ResampleOptionsInput } from './resample-options.ts';
import { drawWeighted } from './weighted-draw.ts';

// MWMOTE, RAMO and EOS have no counterpart in imbalanced-learn: here are their formulas in plain loops.

const { latents, labels } = madeUpLatents([50, 24, 30], 3, 5);
const ops = createCpuLatentOps();
afterAll(() => ops.dispose());

const rows = Array.from(labels.keys());
const own = rows.filter((row) => labels[row] === 1);
const apart = (a: number, b: number) => distance(rowOf(latents, a), rowOf(latents, b));
/** The k of `among` that are nearest to a row, itself left out. */
const nearestOf = (row: number, among: readonly number[], k: number) =>
  among
    .filter((other) => other !== row)
    .sort((a, b) => apart(row, a) - apart(row, b) || a - b)
    .slice(0, k);
const isEnemy = (row: number) => labels[row] !== 1;

const many = 20_000;
const sampled = (options: object): Promise<Resampled> =>
  fitResample(
    latents,
    labels,
    { seed: 2, samplingStrategy: { 1: own.length + many }, ...options } as unknown as ResampleOptionsInput,
    { ops },
  );
const firsts = ({ provenance: { parents } }: Resampled) => Array.from({ length: many }, (_, at) => parents[2 * at]);
const seconds = ({ provenance: { parents } }: Resampled) =>
  Array.from({ length: many }, (_, at) => parents[2 * at + 1]);
const steps = ({ provenance: { weights } }: Resampled) => Array.from({ length: many }, (_, at) => weights[2 * at + 1]);
const evenBins: Tally = Object.fromEntries(Array.from({ length: 40 }, (_, bin) => [bin, 1]));
const weightTally = (of: (row: number) => number): Tally => Object.fromEntries(own.map((row) => [row, of(row)]));

describe('RAMO', () => {
  const rank = (row: number, k1: number, alpha: number) =>
    1 / (1 + Math.exp(-alpha * nearestOf(row, rows, k1).filter(isEnemy).length));

  it('ranks rows by their enemies', () => {
    const enemies = Uint32Array.of(0, 1, 5, 31);
    ramoWeights(enemies, 0.3).forEach((weight, at) => {
      expect(weight).toBeCloseTo(1 / (1 + Math.exp(-0.3 * enemies[at])), 13);
    });
  });

  it('draws rows by rank, one of their own neighbors evenly, and a point evenly', async () => {
    const made = await sampled({ sampler: 'ramo', k1: 7, k2: 4, alpha: 1.5 });
    expectDrawnBy(
      tally(firsts(made)),
      weightTally((row) => rank(row, 7, 1.5)),
    );
    const neighbors = Object.fromEntries(own.map((row) => [row, nearestOf(row, own, 4)]));
    const second = seconds(made);
    expectDrawnBy(tally(firsts(made).map((row, at) => neighbors[row].indexOf(second[at]))), { 0: 1, 1: 1, 2: 1, 3: 1 });
    expectDrawnBy(binned(steps(made), 40), evenBins);
  });
});

describe('EOS', () => {
  it('draws rows with enemies evenly, one of these evenly, and a point evenly', async () => {
    const made = await sampled({ sampler: 'eos', k: 2 });
    const enemies = Object.fromEntries(own.map((row) => [row, nearestOf(row, rows, 2).filter(isEnemy)]));
    expect(own.some((row) => enemies[row].length === 0)).toBe(true);
    expectDrawnBy(
      tally(firsts(made)),
      weightTally((row) => (enemies[row].length > 0 ? 1 : 0)),
    );
    const second = seconds(made);
    const pairs = Object.fromEntries(
      own.flatMap((row) => enemies[row].map((enemy) => [`${row}-${enemy}`, 1 / enemies[row].length])),
    );
    expectDrawnBy(tally(firsts(made).map((row, at) => `${row}-${second[at]}`)), pairs);
    expectDrawnBy(binned(steps(made), 40), evenBins);
  });
});

describe('MWMOTE', () => {
  /** As the paper writes it: information weights over all pairs, closeness 0 outside the k3 nearest. */
  function weightsOf(points: Matrix, border: readonly number[], k3: number, cut: number, most: number) {
    const nearest = new Map(border.map((y) => [y, nearestOf(y, own, k3)]));
    const closeness = (y: number, x: number) => {
      if (!nearest.get(y)?.includes(x)) return 0;
      const normalized = apart(y, x) / points.d;
      return (Math.min(1 / normalized, cut) / cut) * most;
    };
    return own.map((x) =>
      border.reduce((sum, y) => {
        const density = closeness(y, x) / own.reduce((all, q) => all + closeness(y, q), 0);
        return sum + closeness(y, x) * density;
      }, 0),
    );
  }
  const clean = own.filter((row) => nearestOf(row, rows, 5).some((other) => !isEnemy(other)));
  const border = [...new Set(clean.flatMap((row) => nearestOf(row, rows.filter(isEnemy), 3)))].sort((a, b) => a - b);

  it.each([
    [12, 5, 2],
    [3, 0.5, 2],
    [100, 2, 7],
  ])('weighs rows as the paper does: k3 = %d, cut %d, most %d', (k3, closenessCut, closenessMax) => {
    const expected = weightsOf(latents, border, k3, closenessCut, closenessMax);
    const got = mwmoteWeights(latents, Uint32Array.from(own), Uint32Array.from(border), {
      k3,
      closenessCut,
      closenessMax,
    });
    // Two or three roundings a term, and one an addition, of numbers that are not negative.
    got.forEach((weight, at) => {
      expect(Math.abs(weight - expected[at])).toBeLessThanOrEqual(
        (border.length + own.length + 8) * 2 ** -52 * expected[at],
      );
    });
    expect(got.some((weight) => weight > 0)).toBe(true);
  });

  it('counts a row of the border that lies on one of the class as closest', () => {
    const points = { data: Float32Array.of(1, 1, 4), n: 3, d: 1 };
    const options = { k3: 2, closenessCut: 5, closenessMax: 2 };
    const [onIt, far] = mwmoteWeights(points, Uint32Array.of(1, 2), Uint32Array.of(0), options);
    // C is 2 for distance 0 and 1/3 / 5 * 2 for distance 3.
    const other = 2 / 15;
    expect(onIt).toBeCloseTo(4 / (2 + other), 14);
    expect(far).toBeCloseTo(other ** 2 / (2 + other), 14);
  });

  it('draws rows by weight, and another of their cluster evenly', async () => {
    const made = await sampled({ sampler: 'mwmote', closenessCut: 0.6, clusterFactor: 2 });
    expect(clean.length).toBeLessThan(own.length);
    const expected = weightsOf(latents, border, Math.floor(own.length / 2), 0.6, 2);
    expectDrawnBy(
      tally(firsts(made)),
      weightTally((row) => expected[own.indexOf(row)]),
    );

    const meanNearest = clean.reduce((sum, row) => sum + apart(row, nearestOf(row, clean, 1)[0]), 0) / clean.length;
    const clusters = plainLinkage(own, 2 * meanNearest);
    expect(clusters.length).toBeGreaterThan(2);
    expect(clusters.length).toBeLessThan(own.length);
    const clusterOf = (row: number) => clusters.find((cluster) => cluster.includes(row)) as number[];
    const second = seconds(made);
    const partners: Record<string, number> = {};
    for (const row of own) {
      const weight = expected[own.indexOf(row)];
      const others = clusterOf(row).filter((other) => other !== row);
      if (others.length === 0) partners[`${row}-${row}`] = weight;
      for (const other of others) partners[`${row}-${other}`] = weight / others.length;
    }
    expectDrawnBy(tally(firsts(made).map((row, at) => `${row}-${second[at]}`)), partners);
    expectDrawnBy(binned(steps(made), 40), evenBins);
  });

  /** Merges the two clusters whose rows are, on average, nearest, again and again. */
  function plainLinkage(among: readonly number[], threshold: number): number[][] {
    let clusters = among.map((row) => [row]);
    for (;;) {
      let best = { height: Number.POSITIVE_INFINITY, a: 0, b: 0 };
      clusters.forEach((a, i) => {
        clusters.slice(0, i).forEach((b, j) => {
          const height =
            a.flatMap((x) => b.map((y) => apart(x, y))).reduce((sum, one) => sum + one, 0) / (a.length * b.length);
          if (height < best.height) best = { height, a: i, b: j };
        });
      });
      if (best.height > threshold) return clusters;
      const joined = [...clusters[best.a], ...clusters[best.b]];
      clusters = [...clusters.filter((_, i) => i !== best.a && i !== best.b), joined];
    }
  }

  it('clusters as plain average linkage does, and equal points into one', () => {
    const n = own.length;
    const values = () => {
      const all = new Float64Array((n * (n - 1)) / 2);
      own.forEach((a, i) => {
        own.forEach((b, j) => {
          if (i < j) all[pairAt(n, i, j)] = apart(a, b);
        });
      });
      return all;
    };
    for (const threshold of [0, 0.5, 0.9, 1.4, 2, 100]) {
      const lowest = plainLinkage(own, threshold).flatMap((cluster) => {
        const places = cluster.map((row) => own.indexOf(row));
        return places.map((place) => [place, Math.min(...places)] as const);
      });
      const expected = new Map(lowest);
      expect([...averageLinkage({ n, values: values() }, threshold)]).toEqual(
        own.map((_, place) => expected.get(place)),
      );
    }
    expect([...averageLinkage({ n: 3, values: Float64Array.of(0, 7, 7) }, 0)]).toEqual([0, 0, 2]);
    expect([...averageLinkage({ n: 1, values: new Float64Array(0) }, 1)]).toEqual([0]);
  });

  it('refuses a class whose distances would not fit', async () => {
    const n = 16_385;
    const big = { data: Float32Array.from({ length: n + 16_386 }, (_, row) => row), n: n + 16_386, d: 1 };
    const two = Uint32Array.from({ length: big.n }, (_, row) => (row < n ? 1 : 0));
    const error = await fitResample(big, two, { sampler: 'mwmote' }, { ops }).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: 'LIMIT_EXCEEDED', message: expect.stringContaining('class 1 has 16385 rows') });
    const allowed = await fitResample(big, two, { sampler: 'mwmote', samplingStrategy: {} }, { ops });
    expect(allowed.latents.n).toBe(big.n);
  });
});

describe('where a sampler finds no row to start from, SMOTE takes its place, and says so', () => {
  // Two classes far apart: nobody has a neighbor of the other.
  const line = (from: number, count: number) => Array.from({ length: count }, (_, at) => from + 0.1 * at);
  const far = { data: Float32Array.from([...line(0, 30), ...line(1000, 14)]), n: 44, d: 1 };
  const farLabels = [...new Array<number>(30).fill(0), ...new Array<number>(14).fill(1)];
  it.each([
    ['borderline-smote-1', 'no row is in danger'],
    ['borderline-smote-2', 'no row is in danger'],
    ['adasyn', 'no row has a neighbor of another class'],
    ['eos', 'no row has a neighbor of another class'],
  ])('%s', async (sampler, why) => {
    const made = await fitResample(far, farLabels, { sampler } as ResampleOptionsInput, { ops });
    expect(made.notes).toEqual([`Class 1: ${why}: made by smote instead.`]);
    expect(new Set(made.provenance.methods)).toEqual(new Set(['smote']));
    expect(made.counts[1].newCount).toBe(16);
  });

  it('mwmote', async () => {
    // Every row of class 1 sits alone among class 0.
    const alone = {
      data: Float32Array.from({ length: 60 }, (_, row) => Math.floor(row / 12) * 100 + (row % 12)),
      n: 60,
      d: 1,
    };
    const aloneLabels = Array.from({ length: 60 }, (_, row) => (row % 12 === 6 ? 1 : 0));
    const made = await fitResample(alone, aloneLabels, { sampler: 'mwmote' }, { ops });
    expect(made.notes).toEqual(['Class 1: no row has a neighbor of its own class: made by smote instead.']);
    expect(made.counts[1].newCount).toBe(50);
  });

  it('adasyn, where all counts round to nothing', async () => {
    const options = { sampler: 'adasyn', samplingStrategy: { 1: own.length + 1 } } as const;
    const made = await fitResample(latents, labels, options, { ops });
    expect(made.notes).toEqual(['Class 1: 1 rows are too few to spread by neighbors: made by smote instead.']);
    expect(made.counts[1].newCount).toBe(1);
  });

  it('adasyn says how many rows rounding leaves', async () => {
    const made = await fitResample(latents, labels, { sampler: 'adasyn', samplingStrategy: { 1: 90 } }, { ops });
    const added = made.counts[1].newCount;
    expect(added).not.toBe(66);
    expect(made.notes).toEqual([`Class 1: ${added} rows, not 66: each row's count is rounded.`]);
  });
});

it('weights of zero are never drawn, others in proportion', () => {
  const weights = Float64Array.of(0, 3, 0, 1, 0);
  const places = drawWeighted(weights, many, createStream(3, 'testData'));
  expectDrawnBy(tally([...places]), { 1: 3, 3: 1 });
});
