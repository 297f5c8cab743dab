import { beforeAll, describe, expect, it } from 'vitest';
import { type MatrixKind, makeMatrix, matrixKinds } from '../../../test/support/cases.ts';
import { expectSameBits } from '../../../test/support/compare.ts';
import { testDevice, testSession } from '../../../test/support/device.ts';
import { createSession, InvalidOptionError, type Matrix, type Session } from '../../index.ts';
import { type DistanceMetric, distanceMetrics } from '../distance-metric.ts';
import { productVariants } from '../matrix-product/product-variants.ts';
import { broadcastSlots } from './nearest.broadcast.wgsl.ts';
import { planNearest } from './nearest.plan.ts';
import { nearestReference } from './nearest.reference.ts';
import { createNearest, type NearestOptions } from './nearest.ts';

let session: Session;
beforeAll(async () => {
  session = await testSession();
});

/** Indices and distances are exactly those of the reference, whatever finds the candidates. */
async function expectExact(
  options: NearestOptions,
  query: Matrix,
  base: Matrix,
  k: number,
  metric: DistanceMetric,
  on = session,
) {
  const actual = await createNearest(on, options).run({ query, base, k, metric });
  const expected = nearestReference(query, base, k, metric);
  const what = `${options.variant} ${options.filter ?? 'f32'} ${metric} n ${query.n} m ${base.n} d ${query.d} k ${k}`;
  expect(actual.indices, what).toEqual(expected.indices);
  expectSameBits(actual.distances, expected.distances, what);
  return actual;
}

const clustered: MatrixKind = {
  name: 'clusters: five of them, far apart and narrow',
  value: (u, row, column) => 10 * Math.sin(7 * (row % 5) + column + 1) + 1e-3 * (2 * u - 1),
};
const scales: MatrixKind = {
  name: 'rows of very different size',
  value: (u, row) => (2 * u - 1) * 10 ** ((row % 13) - 6),
};
// The product of two factors of such rows underflows, that of the values does not.
const small: MatrixKind = { name: 'small values', value: (u) => (2 * u - 1) * 1e-15 };
const kinds = [...matrixKinds, clustered];

describe.each(productVariants)('nearest, %s', (variant) => {
  it.each(distanceMetrics)('%s: every kind of data, d not a multiple of 4', async (metric) => {
    for (const kind of kinds) {
      await expectExact({ variant }, makeMatrix(35, 67, 1, kind), makeMatrix(301, 67, 2, kind), 1, metric);
      await expectExact({ variant }, makeMatrix(35, 5, 3, kind), makeMatrix(150, 5, 4, kind), 1, metric);
    }
  });

  it('rows on both sides of its tiles, and one alone', async () => {
    for (const [n, m] of [
      [1, 1],
      [1, 129],
      [31, 128],
      [33, 127],
      [128, 8],
      [129, 257],
      [300, 1],
    ]) {
      await expectExact({ variant }, makeMatrix(n, 5, 5), makeMatrix(m, 5, 6), 1, 'squared-l2');
    }
  });

  it('a base in several splits and rounds, more values than are held at a time', async () => {
    const { recomputedCount } = await expectExact(
      { variant },
      makeMatrix(40, 130, 7),
      makeMatrix(2500, 130, 8),
      4,
      'squared-l2',
    );
    expect(recomputedCount).toBeLessThan(8);
  });

  it('lists that are too long for registers, on ties', async () => {
    await expectExact(
      { variant },
      makeMatrix(20, 4, 9, matrixKinds[2]),
      makeMatrix(200, 4, 10, matrixKinds[2]),
      12,
      'l2',
    );
  });

  it('the f16 filter finds the same, and is refused where there is no f16', async () => {
    const options = { variant, filter: 'f16' } as const;
    if (!session.device.features.has('shader-f16')) {
      expect(() => createNearest(session, options)).toThrow(InvalidOptionError);
      expect(() => createNearest(session, options)).toThrow('storage f16 needs the device feature shader-f16');
      return;
    }
    const spread = await expectExact(options, makeMatrix(35, 67, 17), makeMatrix(301, 67, 18), 1, 'squared-l2');
    expect(spread.recomputedCount).toBeLessThan(5);
    for (const metric of ['squared-l2', 'cosine'] as const) {
      for (const kind of [...kinds, scales, small]) {
        await expectExact(options, makeMatrix(35, 67, 19, kind), makeMatrix(301, 67, 20, kind), 1, metric);
      }
    }
  });

  it('more queries and base rows than fit into one binding', async () => {
    // 128 rows of 32 values, so that every variant cuts both.
    const small = await testSession({ maxBindingBytes: 128 * 32 * 4 });
    const plan = await planNearest(small, { n: 201, m: 301, d: 31, k: 1, metric: 'cosine' }, variant);
    expect([plan.baseChunks.length, plan.queryChunks.length]).toEqual([3, 2]);
    await expectExact({ variant }, makeMatrix(201, 31, 11), makeMatrix(301, 31, 12), 1, 'cosine', small);
    expect(small.pool.stats().liveBytes).toBe(0);
    small.dispose();
  });
});

describe('nearest: variants', () => {
  it('values that are held fill whole loads, and waste less than one in a round', () => {
    for (const lanes of [4, 8]) {
      for (const d of [1, 64, 67, 130, 512, 513, 4096]) {
        const slots = broadcastSlots(lanes, d);
        expect(slots % (4 * lanes)).toBe(0);
        expect(slots).toBeLessThanOrEqual(2 * lanes * lanes);
        const rounds = Math.ceil(d / slots);
        expect(rounds * slots - d).toBeLessThan(4 * lanes * rounds);
      }
    }
    expect([broadcastSlots(8, 512), broadcastSlots(8, 64)]).toEqual([128, 64]);
  });

  it('refuses a variant that there is not, an unknown option, and broadcasts without subgroups', async () => {
    expect(() => createNearest(session, { variant: 'fast' as 'plain' })).toThrow(InvalidOptionError);
    expect(() => createNearest(session, { variant: 'fast' as 'plain' })).toThrow(
      'nearest: variant is fast, expected one of plain, tiled, broadcast',
    );
    expect(() => createNearest(session, { filter: 'f8' as 'f16' })).toThrow(InvalidOptionError);
    expect(() => createNearest(session, { filter: 'f8' as 'f16' })).toThrow('filter is f8, expected f32 or f16');
    expect(() => createNearest(session, { speed: 1 } as object)).toThrow('nearest: unknown option speed');
    expect((await testDevice()).adapter.features, 'the adapter has them').toContain('subgroups');
    const { create } = await import('webgpu');
    const gpu = create([]);
    const device = await (await gpu.requestAdapter())?.requestDevice();
    if (device === undefined) throw new Error('no adapter');
    const without = createSession(device);
    expect(() => createNearest(without, { variant: 'broadcast' })).toThrow(InvalidOptionError);
    expect(() => createNearest(without, { variant: 'broadcast' })).toThrow('needs subgroups of 4 or 8 lanes');
    // Control: the variant that is chosen there.
    const { indices } = await createNearest(without).run({
      query: makeMatrix(3, 2, 15),
      base: makeMatrix(1, 2, 16),
      k: 1,
      metric: 'l2',
    });
    expect([...indices]).toEqual([0, 0, 0]);
    without.dispose();
    device.destroy();
    expect(gpu).toBeDefined();
  });
});
