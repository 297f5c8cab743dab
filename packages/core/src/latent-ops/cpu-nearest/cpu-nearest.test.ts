import { DisposedError, type DistanceMetric, distanceMetrics, type Matrix, nearestReference } from '@csx/wgsl-kernels';
import { afterAll, describe, expect, it } from 'vitest';
import { dimensions, makeMatrix, matrixKinds } from '../../../../wgsl-kernels/test/support/cases.ts';
import { createCpuLatentOps } from '../cpu-latent-ops.ts';
import { type CpuNearest, createCpuNearest } from './cpu-nearest.ts';
import { createNearestFilter } from './nearest-filter.ts';

const native = createCpuNearest({ backend: 'native' });
afterAll(() => native.dispose());

/** Indices, distances and keys are those of the reference. */
async function expectExact(query: Matrix, base: Matrix, k: number, metric: DistanceMetric, by: CpuNearest = native) {
  const { recomputedCount, ...found } = await by.search(query, base, k, metric);
  const what = `${metric} n ${query.n} m ${base.n} d ${query.d} k ${k}`;
  expect(found, what).toEqual(nearestReference(query, base, k, metric));
  return recomputedCount;
}

const scaled = (factor: number) => ({ name: `times ${factor}`, value: (u: number) => (2 * u - 1) * factor });
/** Twenty narrow clusters, so that many rows are nearly as far away as the nearest. */
const clustered = {
  name: 'clustered',
  value: (u: number, row: number, column: number) => Math.sin((row % 20) * 31 + column) + 1e-4 * u,
};

/** One query and rows at distance 1 from it, up to rounding, at right angles to it: so with one cosine, too. */
function sphere(m: number, d: number, seed: number): { query: Matrix; base: Matrix } {
  const query = makeMatrix(1, d, seed);
  const base = makeMatrix(m, d, seed + 1000);
  const squares = query.data.reduce((sum, x) => sum + x * x, 0);
  for (let row = 0; row < m; row++) {
    const own = base.data.subarray(row * d, (row + 1) * d);
    const along = own.reduce((sum, value, j) => sum + value * query.data[j], 0) / squares;
    const across = Array.from(own, (value, j) => value - along * query.data[j]);
    const length = Math.hypot(...across);
    for (let j = 0; j < d; j++) own[j] = query.data[j] + across[j] / length;
  }
  return { query, base };
}

describe('the filtered search returns what the reference returns', () => {
  it.each(distanceMetrics)('%s: every kind of data, all dimensions', async (metric) => {
    for (const kind of [...matrixKinds, clustered, scaled(1e17), scaled(1e-30)]) {
      for (const d of dimensions) {
        // In one dimension, and where all rows are equal, nothing but float64 decides; there are squares beyond f32, too.
        await expectExact(makeMatrix(23, d, 7, kind), makeMatrix(331, d, 8, kind), 5, metric);
      }
    }
  });

  it('every k from 1 to 32, k = m, one row, one query', async () => {
    for (const k of [1, 2, 7, 32]) {
      for (const kind of [matrixKinds[0], matrixKinds[2]]) {
        await expectExact(makeMatrix(20, 6, 9, kind), makeMatrix(200, 6, 10, kind), k, 'squared-l2');
      }
    }
    await expectExact(makeMatrix(9, 5, 11), makeMatrix(7, 5, 12), 7, 'l2');
    await expectExact(makeMatrix(3, 5, 13), makeMatrix(1, 5, 14), 1, 'cosine');
    await expectExact(makeMatrix(1, 5, 15), makeMatrix(50, 5, 16), 3, 'squared-l2');
  });

  it('rows of zeros, for cosine', async () => {
    const [query, base] = [makeMatrix(12, 6, 17), makeMatrix(90, 6, 18)];
    query.data.fill(0, 6, 12);
    base.data.fill(0, 30, 48);
    expect(await expectExact(query, base, 4, 'cosine')).toBe(1);
    // So far from all others that the zeros are among the nearest.
    const opposite = { ...base, data: base.data.map((x) => -Math.abs(x)) };
    await expectExact({ ...query, data: query.data.map(Math.abs) }, opposite, 5, 'cosine');
  });

  it.each(distanceMetrics)('%s: distances that f32 cannot tell apart', async (metric) => {
    for (let seed = 100; seed < 110; seed++) {
      const { query, base } = sphere(300, 33, seed);
      await expectExact(query, base, 2, metric);
    }
  });

  it('in parts of both sides, where memory is short', async () => {
    // 64 KiB: 112 rows of 35 values of the base at a time, and 15 to 3 queries.
    const small = createCpuNearest({ backend: 'native', memoryBytes: 2 ** 16 });
    const [query, base] = [makeMatrix(53, 34, 19), makeMatrix(311, 34, 20)];
    // The same row in several parts.
    for (const row of [30, 100, 250]) base.data.copyWithin(row * 34, 0, 34);
    query.data.set(base.data.subarray(0, 34));
    for (const metric of distanceMetrics) {
      for (const k of [1, 6, 32]) await expectExact(query, base, k, metric, small);
    }
    // Of which 64 are kept for 30 queries, while there is room for 21.
    const [many, equal] = [makeMatrix(30, 8, 33), makeMatrix(1100, 8, 34)];
    for (let row = 400; row < 440; row++) equal.data.copyWithin(row * 8, 0, 8);
    for (let row = 0; row < 30; row++) many.data.set(equal.data.subarray(0, 8), row * 8);
    expect(await expectExact(many, equal, 1, 'squared-l2', small)).toBe(0);
    small.dispose();
  });

  it('in float64 alone, where no group of rows fits', async () => {
    // A quarter for 16 rows of 35 values.
    const least = 4 * 16 * 35 * 4;
    const [query, base] = [makeMatrix(5, 34, 35), makeMatrix(40, 34, 36)];
    for (const [memoryBytes, expected] of [
      [least, 0],
      [least - 1, 5],
    ]) {
      const small = createCpuNearest({ backend: 'native', memoryBytes });
      expect(await expectExact(query, base, 1, 'l2', small)).toBe(expected);
      small.dispose();
    }
  });

  it('with one thread and by wasm', async () => {
    for (const options of [
      { backend: 'native', threads: 1 },
      { backend: 'wasm', threads: 1 },
    ] as const) {
      const other = createCpuNearest(options);
      for (const kind of [matrixKinds[0], matrixKinds[1], clustered]) {
        for (const metric of distanceMetrics) {
          await expectExact(makeMatrix(60, 19, 21, kind), makeMatrix(400, 19, 22, kind), 3, metric, other);
        }
      }
      other.dispose();
    }
  });
});

describe('the filtered search leaves to float64', () => {
  it('nothing where rows are spread, although they are far from the origin', async () => {
    for (const kind of [matrixKinds[0], matrixKinds[1]]) {
      expect(await expectExact(makeMatrix(200, 32, 23, kind), makeMatrix(500, 32, 24, kind), 1, 'l2')).toBe(0);
    }
  });

  it('nothing where a row has more equals than are kept at first: more are kept then', async () => {
    const [query, base] = [makeMatrix(10, 8, 25), makeMatrix(1100, 8, 26)];
    for (let row = 400; row < 440; row++) base.data.copyWithin(row * 8, 0, 8);
    query.data.set(base.data.subarray(0, 8), 8);
    const { indices, recomputedCount } = await native.search(query, base, 1, 'squared-l2');
    expect([indices[1], recomputedCount]).toEqual([0, 0]);
    expect(await expectExact(query, base, 5, 'squared-l2')).toBe(0);
  });

  it('every query where all rows are equal', async () => {
    const equal = matrixKinds[3];
    expect(await expectExact(makeMatrix(30, 16, 27, equal), makeMatrix(50, 16, 28, equal), 1, 'squared-l2')).toBe(30);
  });

  it('the queries that f32 cannot square, or all if it cannot square the base', async () => {
    const [query, base] = [makeMatrix(30, 16, 29), makeMatrix(80, 16, 30)];
    query.data[5 * 16] = 1e16;
    expect(await expectExact(query, base, 2, 'l2')).toBe(1);
    base.data[7] = 1e16;
    expect(await expectExact(query, base, 2, 'l2')).toBe(30);
    // A cosine has no size.
    expect(await expectExact(query, base, 2, 'cosine')).toBeLessThan(30);
  });
});

it('bounds every distance from below, and closely', async () => {
  const filter = createNearestFilter({ backend: 'native' });
  for (const metric of ['squared-l2', 'cosine'] as const) {
    const factor = metric === 'cosine' ? 2 : 1;
    for (let seed = 200; seed < 210; seed++) {
      const { query, base } = sphere(200, 67, seed);
      const found = await filter.over(base, metric, (part) => part.candidates(query, Uint32Array.of(0), 200));
      const { keys, indices } = nearestReference(query, base, 32, metric);
      for (const [at, row] of indices.entries()) {
        const bound = found?.lowerBounds[found.rows.indexOf(row)] ?? Number.NaN;
        expect(bound).toBeLessThanOrEqual(factor * keys[at]);
        // 70 roundings of 2^-24 of squared lengths up to 30.
        expect(bound).toBeGreaterThan(factor * keys[at] - 4 * 70 * 2 ** -24 * 30);
      }
    }
  }
  filter.dispose();
});

describe('the latent operations on the CPU', () => {
  it('take the filter for large searches, until they are disposed of', async () => {
    const ops = createCpuLatentOps({ threads: 1 });
    const [query, base] = [makeMatrix(500, 256, 31), makeMatrix(800, 256, 32)];
    const few = { ...query, n: 1, data: query.data.subarray(0, 256) };
    const { recomputedCount, ...found } = await ops.nearest(query, base, 3, 'cosine');
    expect(found).toEqual(nearestReference(query, base, 3, 'cosine'));
    expect(recomputedCount).toBe(0);
    ops.dispose();
    await expect(ops.nearest(query, base, 3)).rejects.toThrow(DisposedError);
    expect((await ops.nearest(few, base, 1)).indices).toHaveLength(1);
  });
});
