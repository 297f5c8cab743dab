import { beforeAll, describe, expect, it } from 'vitest';
import {
  dimensions,
  makeMatrix,
  matrixKinds,
  permutation,
  permuteRows,
  rowCounts,
} from '../../../test/support/cases.ts';
import { expectSameBits, expectWithin } from '../../../test/support/compare.ts';
import { testSession } from '../../../test/support/device.ts';
import { poisonedBuffer, readPoisoned } from '../../../test/support/poison.ts';
import {
  InvalidInputError,
  InvalidOptionError,
  LimitExceededError,
  type Matrix,
  NumericError,
  type Session,
} from '../../index.ts';
import { type DistanceMetric, distanceMetrics } from '../distance-metric.ts';
import { productVariants } from '../matrix-product/product-variants.ts';
import { tile, workgroupSize } from './pairwise-distance.plain.wgsl.ts';
import { pairwiseDistanceReference } from './pairwise-distance.reference.ts';
import { createPairwiseDistance, type PairwiseDistance, pairwiseDistanceBound } from './pairwise-distance.ts';

let session: Session;
beforeAll(async () => {
  session = await testSession();
});

function expectNear(actual: Float32Array, a: Matrix, b: Matrix, metric: DistanceMetric) {
  const expected = pairwiseDistanceReference(a, b, metric);
  const bound = (at: number) => pairwiseDistanceBound(a.d, metric, expected[at]);
  expectWithin(actual, expected, bound, `${metric} n ${a.n} m ${b.n} d ${a.d}`);
}

describe.each(productVariants)('pairwise-distance, %s', (variant) => {
  let pairwiseDistance: PairwiseDistance;
  beforeAll(() => {
    pairwiseDistance = createPairwiseDistance(session, { variant });
  });

  it.each(distanceMetrics)('%s: rows around a workgroup, all dimensions', async (metric) => {
    for (const n of rowCounts(workgroupSize)) {
      for (const d of dimensions) {
        const a = makeMatrix(n, d, 1);
        const b = makeMatrix(tile + 1, d, 2);
        expectNear(await pairwiseDistance.run({ a, b, metric }), a, b, metric);
        if (n < 10 || n === 1009) expectNear(await pairwiseDistance.run({ a: b, b: a, metric }), b, a, metric);
      }
    }
  });

  it.each(distanceMetrics)('%s: every kind of data', async (metric) => {
    for (const kind of matrixKinds) {
      for (const d of [3, 67]) {
        const a = makeMatrix(33, d, 3, kind);
        const b = makeMatrix(18, d, 4, kind);
        expectNear(await pairwiseDistance.run({ a, b, metric }), a, b, metric);
      }
    }
  });

  it('rows of zeros: cosine distance 1, also to each other; other distances as usual', async () => {
    const a: Matrix = { data: new Float32Array([0, 0, 3, 4]), n: 2, d: 2 };
    expect([...(await pairwiseDistance.run({ a, b: a, metric: 'cosine' }))]).toEqual([1, 1, 1, 0]);
    expect([...(await pairwiseDistance.run({ a, b: a, metric: 'l2' }))]).toEqual([0, 5, 5, 0]);
    expect([...(await pairwiseDistance.run({ a, b: a, metric: 'squared-l2' }))]).toEqual([0, 25, 25, 0]);
  });

  it('more rows and values than are taken at a time', async () => {
    const a = makeMatrix(300, 130, 16);
    const b = makeMatrix(140, 130, 17);
    for (const metric of distanceMetrics) expectNear(await pairwiseDistance.run({ a, b, metric }), a, b, metric);
  });

  it('cosine does not mind the size of the rows', async () => {
    const scales = { name: 'scales', value: (u: number, row: number) => (2 * u - 1) * 10 ** (10 * (row % 8) - 40) };
    const a = makeMatrix(16, 9, 5, scales);
    expectNear(await pairwiseDistance.run({ a, b: a, metric: 'cosine' }), a, a, 'cosine');
  });

  it('works in blocks where a binding would overflow, with the same result', async () => {
    const a = makeMatrix(101, 5, 6);
    const b = makeMatrix(83, 5, 7);
    const small = await testSession({ maxBindingBytes: 16_384 });
    // One metric, since every session compiles anew.
    const blocks = await createPairwiseDistance(small, { variant }).run({ a, b, metric: 'cosine' });
    expectSameBits(blocks, await pairwiseDistance.run({ a, b, metric: 'cosine' }), 'cosine');
    expect(small.pool.stats().liveBytes).toBe(0);
    small.dispose();
  });

  it.each(distanceMetrics)('%s: encode writes its output and nothing behind it', async (metric) => {
    const { encode } = await pairwiseDistance.prepare(metric);
    for (const [n, m] of [
      [1, 1],
      [tile + 1, tile - 1],
      [67, 5],
    ]) {
      const a = makeMatrix(n, 3, 8);
      const b = makeMatrix(m, 3, 9);
      const output = poisonedBuffer(session, n * m * 4, 'distances');
      const [result] = await readPoisoned(session, [output], (step) => {
        const buffers = { a: step.upload(a.data, 'a'), b: step.upload(b.data, 'b'), distances: output.buffer };
        encode(step, { n, m, d: 3, ...buffers });
      });
      expectNear(new Float32Array(result), a, b, metric);
    }
  });
});

describe.each(productVariants)('pairwise-distance, %s: properties', (variant) => {
  let pairwiseDistance: PairwiseDistance;
  beforeAll(() => {
    pairwiseDistance = createPairwiseDistance(session, { variant });
  });

  it('permuted rows give permuted distances, swapped arguments the transpose, bit for bit', async () => {
    const a = makeMatrix(21, 6, 10);
    const b = makeMatrix(34, 6, 11);
    const order = permutation(21, 12);
    for (const metric of distanceMetrics) {
      const plain = await pairwiseDistance.run({ a, b, metric });
      const permuted = await pairwiseDistance.run({ a: permuteRows(a, order), b, metric });
      expectSameBits(permuted, permuteRows({ data: plain, n: 21, d: 34 }, order).data, metric);
      const swapped = await pairwiseDistance.run({ a: b, b: a, metric });
      // The cosine multiplies by one norm after the other, so its order shows in the last digits.
      const bound = (at: number) => (metric === 'cosine' ? 2 * pairwiseDistanceBound(6, metric, plain[at]) : 0);
      const transposed = plain.map((_, at) => swapped[(at % 34) * 21 + Math.floor(at / 34)]);
      expectWithin(transposed, plain, bound, metric);
    }
  });

  it('does not change when all rows move together', async () => {
    // Multiples of 1/8 stay exact when 4096 is added.
    const eighths = { name: 'eighths', value: (u: number) => Math.floor(u * 8192) / 8 };
    const a = makeMatrix(19, 5, 13, eighths);
    const moved: Matrix = { ...a, data: a.data.map((value) => value + 4096) };
    const plain = await pairwiseDistance.run({ a, b: a, metric: 'squared-l2' });
    expectSameBits(await pairwiseDistance.run({ a: moved, b: moved, metric: 'squared-l2' }), plain, 'moved');
  });
});

describe('pairwise-distance: errors', () => {
  let pairwiseDistance: PairwiseDistance;
  beforeAll(() => {
    pairwiseDistance = createPairwiseDistance(session);
  });

  const a = makeMatrix(4, 3, 14);
  const good = { a, b: a, metric: 'squared-l2' as const };

  it('control: the same input without a fault runs', async () => {
    await expect(pairwiseDistance.run(good)).resolves.toHaveLength(16);
  });

  it.each([
    [
      'a wrong length',
      { ...good, a: { ...a, d: 5 } },
      InvalidInputError,
      'pairwise-distance: a has 12 values, expected n * d = 4 * 5 = 20',
    ],
    ['other widths', { ...good, b: makeMatrix(2, 4, 0) }, InvalidInputError, 'a has d = 3, b has d = 4'],
    ['no columns', { ...good, a: { data: new Float32Array(0), n: 4, d: 0 } }, InvalidInputError, 'a.d is 0'],
    [
      'NaN',
      { ...good, b: { ...a, data: a.data.with(5, Number.NaN) } },
      InvalidInputError,
      'b row 1 holds NaN in column 2',
    ],
    ['a metric that is none', { ...good, metric: 'L2' as 'l2' }, InvalidOptionError, 'metric is L2'],
    ['a distance beyond f32', { ...good, a: { ...a, data: a.data.with(3, 1e30) } }, NumericError, 'rows 1 and 0'],
  ])('%s', async (_name, input, kind, message) => {
    const failure = pairwiseDistance.run(input);
    await expect(failure).rejects.toBeInstanceOf(kind);
    await expect(failure).rejects.toThrow(message);
  });

  it('a variant that there is not, and an unknown option', () => {
    expect(() => createPairwiseDistance(session, { variant: 'fast' as 'plain' })).toThrow(InvalidOptionError);
    expect(() => createPairwiseDistance(session, { variant: 'fast' as 'plain' })).toThrow('variant is fast, expected');
    expect(() => createPairwiseDistance(session, { speed: 1 } as object)).toThrow('unknown option speed');
  });

  it('a row larger than a binding', async () => {
    const small = await testSession({ maxBindingBytes: 256 });
    const kernel = createPairwiseDistance(small, { variant: 'plain' });
    const wide = makeMatrix(1, 65, 0);
    await expect(kernel.run({ a: wide, b: wide, metric: 'l2' })).rejects.toBeInstanceOf(LimitExceededError);
    const fits = makeMatrix(1, 64, 0);
    await expect(kernel.run({ a: fits, b: fits, metric: 'l2' })).resolves.toEqual(new Float32Array(1));
    small.dispose();
  });
});
