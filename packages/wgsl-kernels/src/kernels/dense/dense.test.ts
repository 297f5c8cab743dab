import { beforeAll, describe, expect, it } from 'vitest';
import { uniform } from '../../../test/support/cases.ts';
import { expectWithin } from '../../../test/support/compare.ts';
import { testSession } from '../../../test/support/device.ts';
import { encodeInHalfArenas, preparedOrRefused, toHalves } from '../../../test/support/halves.ts';
import { halfStorageBound, InvalidInputError, LimitExceededError, type Session } from '../../index.ts';
import { convolutionBound } from '../convolution/convolution.ts';
import { createDense, type Dense, type DenseShape } from './dense.ts';

const timeout = 300_000;
let session: Session;
let dense: Dense;
beforeAll(async () => {
  session = await testSession();
  dense = createDense(session);
});

const signed = (count: number, seed: number) => uniform(count, seed).map((value) => 2 * value - 1);

/** sum_k a(k) b(k) and its magnitude, in float64. */
function sums(count: number, rows: number, columns: number, term: (row: number, column: number, at: number) => number) {
  const sum = new Float64Array(rows * columns);
  const magnitude = new Float64Array(rows * columns);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      for (let at = 0; at < count; at++) {
        const product = term(row, column, at);
        sum[row * columns + column] += product;
        magnitude[row * columns + column] += Math.abs(product);
      }
    }
  }
  const bound = (at: number) => convolutionBound(count, magnitude[at]);
  return { sum, bound };
}

const filterGradientSums = (
  { rows, inFeatures, outFeatures }: DenseShape,
  input: Float32Array,
  outputGradient: Float32Array,
) =>
  sums(
    rows,
    inFeatures,
    outFeatures,
    (i, o, row) => input[row * inFeatures + i] * outputGradient[row * outFeatures + o],
  );

const shapes: readonly DenseShape[] = [
  { rows: 1, inFeatures: 1, outFeatures: 1 },
  { rows: 33, inFeatures: 67, outFeatures: 10 },
  { rows: 64, inFeatures: 512, outFeatures: 12 },
];

describe('dense', () => {
  it.each(shapes)(
    'output and gradients, $rows x $inFeatures -> $outFeatures',
    async (shape) => {
      const { rows, inFeatures, outFeatures } = shape;
      const input = signed(rows * inFeatures, 1);
      const filter = signed(inFeatures * outFeatures, 2);
      const bias = signed(outFeatures, 3);
      const outputGradient = signed(rows * outFeatures, 4);

      const output = await dense.runForward(shape, { input, filter, bias });
      const forward = sums(inFeatures + 1, rows, outFeatures, (row, o, i) =>
        i === inFeatures ? bias[o] : input[row * inFeatures + i] * filter[i * outFeatures + o],
      );
      expectWithin(output, forward.sum, forward.bound, 'output');

      const inputGradient = await dense.runInputGradient(shape, { outputGradient, filter });
      const byInput = sums(
        outFeatures,
        rows,
        inFeatures,
        (row, i, o) => outputGradient[row * outFeatures + o] * filter[i * outFeatures + o],
      );
      expectWithin(inputGradient, byInput.sum, byInput.bound, 'input gradient');

      const filterGradient = await dense.runFilterGradient(shape, { input, outputGradient });
      const byFilter = filterGradientSums(shape, input, outputGradient);
      expectWithin(filterGradient, byFilter.sum, byFilter.bound, 'filter gradient');
    },
    timeout,
  );
});

describe('dense, stored as f16', () => {
  it.each(shapes)(
    'output and filter gradient, $rows x $inFeatures -> $outFeatures',
    async (shape) => {
      const { rows, inFeatures, outFeatures } = shape;
      const halves = ['input', 'output'];
      const forward = await preparedOrRefused(session, () =>
        dense.prepareForward(shape, { bias: false, storage: { input: 'f16', output: 'f16' } }),
      );
      const gradient = await preparedOrRefused(session, () =>
        dense.prepareFilterGradient(shape, { storage: { input: 'f16' } }),
      );
      if (forward === undefined || gradient === undefined) return;
      const input = toHalves(signed(rows * inFeatures, 1));
      const filter = signed(inFeatures * outFeatures, 2);
      const outputGradient = signed(rows * outFeatures, 4);

      const length = rows * outFeatures;
      const { output } = await encodeInHalfArenas(
        session,
        { input, filter },
        { output: length },
        halves,
        forward.encode,
      );
      const { sum, bound } = sums(
        inFeatures,
        rows,
        outFeatures,
        (row, o, i) => input[row * inFeatures + i] * filter[i * outFeatures + o],
      );
      expectWithin(output, sum, (at) => halfStorageBound(sum[at], bound(at)), 'output');

      const { filterGradient } = await encodeInHalfArenas(
        session,
        { input, outputGradient },
        { filterGradient: inFeatures * outFeatures },
        halves,
        gradient.encode,
      );
      const byFilter = filterGradientSums(shape, input, outputGradient);
      expectWithin(filterGradient, byFilter.sum, byFilter.bound, 'filter gradient');
    },
    timeout,
  );
});

describe('dense: errors', () => {
  it.each(['rows', 'inFeatures', 'outFeatures'] as const)('%s that are none', async (name) => {
    const shape = { ...shapes[0], [name]: 0 };
    const one = new Float32Array(1);
    for (const failure of [
      dense.prepareForward(shape, { bias: false }),
      dense.prepareInputGradient(shape),
      dense.prepareFilterGradient(shape),
      dense.runForward(shape, { input: one, filter: one }),
    ]) {
      await expect(failure).rejects.toBeInstanceOf(InvalidInputError);
      await expect(failure).rejects.toThrow(`dense: ${name} is 0, expected a whole number >= 1`);
    }
  });

  it(
    'a tensor beyond one binding; control: one that fits',
    async () => {
      const small = await testSession({ maxBindingBytes: 256 });
      const kernel = createDense(small);
      const wide = kernel.prepareForward({ rows: 1, inFeatures: 65, outFeatures: 1 }, { bias: false });
      await expect(wide).rejects.toBeInstanceOf(LimitExceededError);
      await expect(
        kernel.prepareForward({ rows: 1, inFeatures: 64, outFeatures: 1 }, { bias: false }),
      ).resolves.toBeDefined();
      small.dispose();
    },
    timeout,
  );
});
