import { beforeAll, describe, expect, it } from 'vitest';
import {
  classCounts as classCountCases,
  dimensions,
  makeMatrix,
  matrixKinds,
  permutation,
  permuteRows,
  rowCounts,
  uniform,
} from '../../../test/support/cases.ts';
import { expectSameBits, expectWithin } from '../../../test/support/compare.ts';
import { testSession } from '../../../test/support/device.ts';
import { poisonedBuffer, readPoisoned } from '../../../test/support/poison.ts';
import { InvalidInputError, type Matrix, NumericError, type Session } from '../../index.ts';
import { classMeansReference } from './class-means.reference.ts';
import { type ClassMeans, classMeansBound, createClassMeans } from './class-means.ts';
import { segmentRows } from './group-rows.ts';

let session: Session;
let classMeans: ClassMeans;
beforeAll(async () => {
  session = await testSession();
  classMeans = createClassMeans(session);
});

const makeLabels = (n: number, c: number, seed: number) => Uint32Array.from(uniform(n, seed), (u) => Math.floor(u * c));

function expectNear(means: Float32Array, latents: Matrix, labels: Uint32Array, classCount: number) {
  const expected = classMeansReference(latents, labels, classCount);
  const absolute = classMeansReference({ ...latents, data: latents.data.map(Math.abs) }, labels, classCount);
  const bound = (at: number) => {
    // The mean of the absolute values was itself rounded to f32.
    const meanAbsolute = absolute.means.data[at] * (1 + 2 ** -23) + 2 ** -149;
    return classMeansBound(expected.classCounts[Math.floor(at / latents.d)], meanAbsolute);
  };
  expectWithin(means, expected.means.data, bound, `n ${latents.n} d ${latents.d} c ${classCount}`);
  return expected;
}

async function expectRun(latents: Matrix, labels: Uint32Array, classCount: number, kernel = classMeans) {
  const actual = await kernel.run({ latents, labels, classCount });
  const expected = expectNear(actual.means.data, latents, labels, classCount);
  expect(actual.classCounts).toEqual(expected.classCounts);
  expect([actual.means.n, actual.means.d]).toEqual([classCount, latents.d]);
  return actual;
}

describe('class-means', () => {
  it('rows around a segment, all dimensions and class counts', async () => {
    for (const [at, n] of [...rowCounts(64), ...rowCounts(segmentRows)].entries()) {
      for (const classCount of classCountCases) {
        const d = dimensions[at % dimensions.length];
        await expectRun(makeMatrix(n, d, 1), makeLabels(n, classCount, 2), classCount);
      }
    }
    for (const d of dimensions) await expectRun(makeMatrix(300, d, 3), makeLabels(300, 6, 4), 6);
  });

  it('every kind of data', async () => {
    for (const kind of matrixKinds) await expectRun(makeMatrix(700, 5, 5, kind), makeLabels(700, 2, 6), 2);
  });

  it('a class without rows gives zeros, a class of one row that row, exactly', async () => {
    const latents: Matrix = { data: new Float32Array([1, 2, 3, 5, 7, 9]), n: 3, d: 2 };
    const { means, classCounts } = await classMeans.run({ latents, labels: new Uint32Array([2, 0, 2]), classCount: 4 });
    expect([...means.data]).toEqual([3, 5, 0, 0, 4, 5.5, 0, 0]);
    expect([...classCounts]).toEqual([1, 0, 2, 0]);
  });

  it('no rows: all zeros', async () => {
    const { means } = await classMeans.run({ latents: makeMatrix(0, 3, 0), labels: new Uint32Array(0), classCount: 2 });
    expect([...means.data]).toEqual([0, 0, 0, 0, 0, 0]);
  });

  it('sums over several bindings where one does not hold the rows', async () => {
    const small = await testSession({ maxBindingBytes: 64 * 5 * 4 * 2 });
    await expectRun(makeMatrix(500, 5, 7), makeLabels(500, 7, 8), 7, createClassMeans(small));
    expect(small.pool.stats().liveBytes).toBe(0);
    small.dispose();
  });

  it('encode writes its output and nothing behind it', async () => {
    const latents = makeMatrix(90, 3, 9);
    const labels = makeLabels(90, 6, 10).map((label) => (label === 4 ? 5 : label));
    const { encode } = await classMeans.prepare(labels, 7, 3);
    const output = poisonedBuffer(session, 7 * 3 * 4, 'means');
    const [result] = await readPoisoned(session, [output], (step) =>
      encode(step, { latents: step.upload(latents.data, 'latents'), means: output.buffer }),
    );
    expectNear(new Float32Array(result), latents, labels, 7);
  });
});

describe('class-means: properties', () => {
  it('gives the same bits each time', async () => {
    const input = { latents: makeMatrix(1009, 4, 11), labels: makeLabels(1009, 3, 12), classCount: 3 };
    const first = await classMeans.run(input);
    expectSameBits((await classMeans.run(input)).means.data, first.means.data, 'again');
  });

  it('does not depend on the order of other classes: renamed classes give renamed means', async () => {
    const latents = makeMatrix(400, 4, 13);
    const labels = makeLabels(400, 6, 14);
    const order = permutation(6, 15);
    const plain = await classMeans.run({ latents, labels, classCount: 6 });
    const renamed = await classMeans.run({ latents, labels: labels.map((label) => order[label]), classCount: 6 });
    expectSameBits(permuteRows(renamed.means, order).data, plain.means.data, 'renamed');
  });

  it('moves with the rows', async () => {
    // Sums of multiples of 1/8 below 2^19 are exact in f32, and so are these means of 64 rows.
    const eighths = { name: 'eighths', value: (u: number) => Math.floor(u * 8192) / 8 };
    const latents = makeMatrix(64, 4, 16, eighths);
    const moved: Matrix = { ...latents, data: latents.data.map((value) => value + 1024) };
    const labels = new Uint32Array(64);
    const plain = await classMeans.run({ latents, labels, classCount: 1 });
    const shifted = await classMeans.run({ latents: moved, labels, classCount: 1 });
    expectSameBits(
      shifted.means.data.map((value) => value - 1024),
      plain.means.data,
      'moved',
    );
  });
});

describe('class-means: errors', () => {
  const latents = makeMatrix(4, 3, 17);
  const good = { latents, labels: new Uint32Array([0, 1, 1, 0]), classCount: 2 };

  it('control: the same input without a fault runs', async () => {
    await expect(classMeans.run(good)).resolves.toMatchObject({ classCounts: new Uint32Array([2, 2]) });
  });

  it.each([
    [
      'a label out of range',
      { ...good, classCount: 1 },
      InvalidInputError,
      'label of row 1 is 1, expected below classCount = 1',
    ],
    ['too few labels', { ...good, labels: new Uint32Array(3) }, InvalidInputError, '3 labels for 4 rows'],
    ['no classes', { ...good, classCount: 0 }, InvalidInputError, 'classCount is 0'],
    ['a wrong length', { ...good, latents: { ...latents, n: 3 } }, InvalidInputError, 'latents has 12 values'],
    [
      'NaN',
      { ...good, latents: { ...latents, data: latents.data.with(11, Number.NaN) } },
      InvalidInputError,
      'row 3 holds NaN',
    ],
    [
      'a sum beyond f32',
      { ...good, latents: { ...latents, data: latents.data.map(() => 3e38) } },
      NumericError,
      'class 0',
    ],
  ])('%s', async (_name, input, kind, message) => {
    const failure = classMeans.run(input);
    await expect(failure).rejects.toBeInstanceOf(kind);
    await expect(failure).rejects.toThrow(message);
  });
});
