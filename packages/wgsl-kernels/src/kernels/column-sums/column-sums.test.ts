import { beforeAll, describe, expect, it } from 'vitest';
import { encodeInArenas } from '../../../test/support/arenas.ts';
import { dimensions, makeMatrix, matrixKinds } from '../../../test/support/cases.ts';
import { expectSameBits, expectWithin } from '../../../test/support/compare.ts';
import { testSession } from '../../../test/support/device.ts';
import { InvalidInputError, InvalidOptionError, LimitExceededError, type Matrix, type Session } from '../../index.ts';
import { columnSumsReference } from './column-sums.reference.ts';
import { type ColumnSums, columnSumsBound, createColumnSums } from './column-sums.ts';
import { mostAtOnce, shortestRun } from './row-runs.ts';

let session: Session;
let columnSums: ColumnSums;
beforeAll(async () => {
  session = await testSession();
  columnSums = createColumnSums(session);
});

function expectNear(sums: Float32Array, input: Matrix) {
  const absolute = columnSumsReference({ ...input, data: input.data.map(Math.abs) });
  const bound = (at: number) => columnSumsBound(input.n, absolute[at]);
  expectWithin(sums, columnSumsReference(input), bound, `n ${input.n} d ${input.d}`);
}

describe('column-sums', () => {
  it('rows around a run and around the last pass, all widths', async () => {
    const around = (n: number) => [n - 1, n, n + 1, 2 * n + 3];
    const rows = [1, 2, 3, 5, ...around(shortestRun), ...around(mostAtOnce), 1009, mostAtOnce * shortestRun + 1, 2100];
    for (const [at, n] of rows.entries()) {
      const input = makeMatrix(n, [3, 4, 1, 64, 7][at % 5], n);
      expectNear(await columnSums.run(input), input);
    }
    for (const d of dimensions) {
      const input = makeMatrix(1009, d, d);
      expectNear(await columnSums.run(input), input);
    }
  });

  it('every kind of data', async () => {
    for (const kind of matrixKinds) {
      const input = makeMatrix(1009, 5, 1, kind);
      expectNear(await columnSums.run(input), input);
    }
  });

  it('three passes, as a GPU is given them', async () => {
    const input = makeMatrix(64 * 64 * shortestRun + 1, 1, 2);
    const onGpu = createColumnSums({ ...session, isSoftware: false });
    expectNear(await onGpu.run(input), input);
  });

  it('sums whole numbers exactly', async () => {
    const counting = { name: 'counting', value: (_u: number, row: number, column: number) => row + column };
    const sums = await columnSums.run(makeMatrix(1500, 3, 0, counting));
    expect([...sums]).toEqual([0, 1, 2].map((column) => (1500 * 1499) / 2 + 1500 * column));
  });

  it('encodes into steps and plans, at offsets, and writes nothing else', async () => {
    for (const [n, d] of [
      [5, 3],
      [1009, 4],
      [2100, 7],
    ]) {
      const input = makeMatrix(n, d, 3);
      const { encode } = await columnSums.prepare({ rows: n, columns: d });
      const { sums } = await encodeInArenas(session, { input: input.data }, { sums: d }, encode);
      expectNear(sums, input);
      expectSameBits(await columnSums.run(input), sums, 'run');
    }
  });
});

describe('column-sums: errors', () => {
  const good = { rows: 4, columns: 3 };

  it('control: a shape without a fault', async () => {
    await expect(columnSums.prepare(good)).resolves.toBeDefined();
    await expect(columnSums.run(makeMatrix(4, 3, 0))).resolves.toHaveLength(3);
  });

  it.each([
    ['no rows', { ...good, rows: 0 }, InvalidInputError, 'column-sums: rows is 0'],
    ['half a column', { ...good, columns: 1.5 }, InvalidInputError, 'columns is 1.5'],
    ['too many values', { rows: 2 ** 20, columns: 2 ** 12 }, InvalidInputError, 'rows * columns is 4294967296'],
    ['an unknown option', { ...good, cols: 3 }, InvalidOptionError, 'unknown option cols'],
  ])('%s', async (_name, shape, kind, message) => {
    const failure = columnSums.prepare(shape);
    await expect(failure).rejects.toBeInstanceOf(kind);
    await expect(failure).rejects.toThrow(message);
  });

  it('an array of the wrong length', async () => {
    const wrong = columnSums.run({ data: new Float32Array(11), n: 4, d: 3 });
    await expect(wrong).rejects.toThrow('column-sums: input has 11 values');
  });

  it('data larger than a binding', async () => {
    const small = await testSession({ maxBindingBytes: 1024 });
    const kernel = createColumnSums(small);
    await expect(kernel.run(makeMatrix(257, 1, 0))).rejects.toBeInstanceOf(LimitExceededError);
    await expect(kernel.run(makeMatrix(256, 1, 0))).resolves.toHaveLength(1);
    small.dispose();
  });
});
