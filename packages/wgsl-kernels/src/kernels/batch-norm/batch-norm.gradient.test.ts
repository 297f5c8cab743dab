import { beforeAll, describe, expect, it } from 'vitest';
import { encodeInArenas } from '../../../test/support/arenas.ts';
import { type MatrixKind, makeMatrix, uniform } from '../../../test/support/cases.ts';
import { expectSameBits, expectWithin } from '../../../test/support/compare.ts';
import { testSession } from '../../../test/support/device.ts';
import { encodeInHalfArenas, preparedOrRefused, toHalves } from '../../../test/support/halves.ts';
import { InvalidInputError, InvalidOptionError, type Session } from '../../index.ts';
import { mostAtOnce, shortestRun } from '../column-sums/row-runs.ts';
import { batchNormGradientBounds } from './batch-norm.bounds.ts';
import type { BatchNormGradientOutput, BatchNormGradientRun } from './batch-norm.io.ts';
import { batchNormGradientReference, batchStatisticsReference, normalizeReference } from './batch-norm.reference.ts';
import { type BatchNorm, createBatchNorm } from './batch-norm.ts';

let session: Session;
let batchNorm: BatchNorm;
beforeAll(async () => {
  session = await testSession();
  batchNorm = createBatchNorm(session);
});

const signed = (count: number, seed: number) => uniform(count, seed).map((u) => 2 * u - 1);

/** What the forward pass leaves, and a gradient of the output. */
function makeRun(rows: number, channels: number, kind?: MatrixKind): BatchNormGradientRun {
  const input = makeMatrix(rows, channels, rows + channels, kind).data;
  const { mean, variance } = batchStatisticsReference(input, rows, channels);
  const inverse = variance.map((value) => 1 / Math.sqrt(value + 1e-3));
  const gamma = signed(channels, 1);
  const forward = { input, rows, channels, gamma, beta: signed(channels, 2), relu: true };
  return {
    rows,
    channels,
    relu: rows % 2 === 0,
    input,
    gamma,
    savedMean: new Float32Array(mean),
    savedInverse: new Float32Array(inverse),
    output: new Float32Array(normalizeReference(forward, mean, inverse)),
    outputGradient: signed(rows * channels, 5),
  };
}

function expectGradients(actual: BatchNormGradientOutput, run: BatchNormGradientRun, what: string) {
  const { rows, channels, input, relu, savedMean, savedInverse, gamma } = run;
  const expected = batchNormGradientReference({ ...run, mean: savedMean, inverse: savedInverse });
  const g = run.outputGradient.map((value, at) => (relu && run.output[at] <= 0 ? 0 : value));
  const deviation = (at: number) => input[at] - savedMean[at % channels];
  const absoluteSums = new Float64Array(channels);
  const absoluteProducts = new Float64Array(channels);
  for (let at = 0; at < g.length; at++) {
    absoluteSums[at % channels] += Math.abs(g[at]);
    absoluteProducts[at % channels] += Math.abs(g[at] * deviation(at));
  }
  const bounds = Array.from(gamma, (value, at) => {
    const sums = { absoluteSum: absoluteSums[at], absoluteProducts: absoluteProducts[at] };
    return batchNormGradientBounds({ rows, gamma: value, inverse: savedInverse[at], ...sums });
  });
  expectWithin(actual.betaGradient, expected.betaGradient, (at) => bounds[at].betaGradient, `${what}: beta`);
  expectWithin(actual.gammaGradient, expected.gammaGradient, (at) => bounds[at].gammaGradient, `${what}: gamma`);
  const inputBound = (at: number) => bounds[at % channels].inputGradient(g[at], deviation(at));
  expectWithin(actual.inputGradient, expected.inputGradient, inputBound, `${what}: input`);
}

describe('batch-norm: gradient', () => {
  it('rows around a run and around the last sum, all kinds of widths', async () => {
    const around = (n: number) => [n - 1, n, n + 1];
    const rows = [1, 2, ...around(shortestRun), ...around(mostAtOnce), 1009, mostAtOnce * shortestRun + 1, 2100];
    for (const [at, n] of rows.entries()) {
      const run = makeRun(n, [3, 4, 1, 64, 7][at % 5]);
      expectGradients(await batchNorm.runGradient(run), run, `${n} rows, ${run.channels} channels`);
    }
    for (const channels of [1, 3, 4, 7, 33, 64]) {
      const run = makeRun(130, channels);
      expectGradients(await batchNorm.runGradient(run), run, `130 rows, ${channels} channels`);
    }
  });

  it('two sums more, as a GPU is given them', async () => {
    const run = makeRun(64 * 64 * shortestRun + 5, 1);
    const onGpu = createBatchNorm({ ...session, isSoftware: false });
    expectGradients(await onGpu.runGradient(run), run, 'two sums more');
  });

  it('large offsets, constant channels', async () => {
    const offset = { name: 'offset', value: (u: number) => 1e4 + u };
    const constant = { name: 'constant', value: () => 7 };
    for (const kind of [offset, constant]) {
      const run = makeRun(200, 5, kind);
      expectGradients(await batchNorm.runGradient(run), run, kind.name);
    }
  });

  it('a dead ReLU passes nothing on, and does so only where it is asked for', async () => {
    const run = { ...makeRun(70, 4), output: new Float32Array(280) };
    const dead = await batchNorm.runGradient({ ...run, relu: true });
    for (const gradient of Object.values<Float32Array>({ ...dead })) {
      expect(gradient.every((value) => value === 0)).toBe(true);
    }
    const linear = await batchNorm.runGradient({ ...run, relu: false });
    expect(linear.betaGradient.every((value) => value !== 0)).toBe(true);
  });

  it("the reference's gradients are the slopes of the reference", () => {
    const [rows, channels] = [5, 2];
    const input = signed(rows * channels, 6);
    const [gamma, beta, weights] = [signed(channels, 7), signed(channels, 8), signed(rows * channels, 9)];
    for (const relu of [false, true]) {
      const forward = (x: Float64Array, scale: Float64Array, shift: Float64Array) => {
        const { mean, variance } = batchStatisticsReference(x, rows, channels);
        const inverse = variance.map((value) => 1 / Math.sqrt(value + 1e-3));
        const output = normalizeReference({ input: x, rows, channels, gamma: scale, beta: shift, relu }, mean, inverse);
        return { mean, inverse, output };
      };
      // Any sum over the outputs is a loss with these weights as its gradient.
      const at = [input, gamma, beta].map((values) => new Float64Array(values));
      const loss = () => forward(at[0], at[1], at[2]).output.reduce((sum, y, i) => sum + y * weights[i], 0);
      const gradients = batchNormGradientReference({
        ...forward(at[0], at[1], at[2]),
        ...{ input, rows, channels, gamma, relu, outputGradient: weights },
      });
      const analytic = [gradients.inputGradient, gradients.gammaGradient, gradients.betaGradient];
      for (const [which, values] of at.entries()) {
        const slopes = values.map((value, i) => {
          const h = 1e-5;
          const loss2 = [h, -h].map((step) => {
            values[i] = value + step;
            return loss();
          });
          values[i] = value;
          return (loss2[0] - loss2[1]) / (2 * h);
        });
        // Central differences are off by h^2 times a third derivative, and by the losses' rounding over h.
        expectWithin(analytic[which], slopes, () => 1e-7, `gradient ${which}, ReLU ${relu}`);
      }
    }
  });

  it('encodes into steps and plans, at offsets, and writes nothing else', async () => {
    for (const [rows, channels] of [
      [5, 3],
      [2100, 4],
    ]) {
      const run = makeRun(rows, channels);
      const { relu, rows: _rows, channels: _channels, ...inputs } = run;
      const { encode } = await batchNorm.prepareGradient({ rows, channels, relu });
      const lengths = { inputGradient: rows * channels, gammaGradient: channels, betaGradient: channels };
      const actual = await encodeInArenas(session, inputs, lengths, encode);
      expectGradients(actual, run, `${rows} rows, ${channels} channels`);
      expectSameBits((await batchNorm.runGradient(run)).inputGradient, actual.inputGradient, 'run');
    }
  });

  it('gradients from inputs and outputs stored as f16 are those of f32', async () => {
    for (const halves of [['input', 'output'], ['input'], ['output']]) {
      const storage = Object.fromEntries(halves.map((name) => [name, 'f16' as const]));
      // Even numbers of rows have a ReLU, which reads the output.
      for (const [rows, channels] of [
        [1, 1],
        [5, 3],
        [130, 7],
        [2100, 4],
        [64, 64],
      ]) {
        const made = makeRun(rows, channels);
        const asStored = (name: 'input' | 'output') => (halves.includes(name) ? toHalves(made[name]) : made[name]);
        const run = { ...made, input: asStored('input'), output: asStored('output') };
        const { relu, rows: _rows, channels: _channels, ...inputs } = run;
        const prepared = await preparedOrRefused(session, () =>
          batchNorm.prepareGradient({ rows, channels, relu, storage }),
        );
        if (prepared === undefined) continue;
        const lengths = { inputGradient: rows * channels, gammaGradient: channels, betaGradient: channels };
        const actual = await encodeInHalfArenas(session, inputs, lengths, halves, prepared.encode);
        expectGradients(actual, run, `${rows} rows, ${channels} channels, ${halves}`);
      }
    }
  });

  it('refuses wrong shapes, options and lengths', async () => {
    const good = { rows: 4, channels: 3, relu: true };
    await expect(batchNorm.prepareGradient(good)).resolves.toBeDefined();
    await expect(batchNorm.prepareGradient({ ...good, rows: 0 })).rejects.toBeInstanceOf(InvalidInputError);
    const unknown = { ...good, epsilon: 1 };
    await expect(batchNorm.prepareGradient(unknown)).rejects.toBeInstanceOf(InvalidOptionError);
    const run = makeRun(4, 3);
    await expect(batchNorm.runGradient(run)).resolves.toBeDefined();
    const short = { ...run, outputGradient: new Float32Array(11) };
    await expect(batchNorm.runGradient(short)).rejects.toThrow('outputGradient has 11 values, expected 12');
    const long = { ...run, savedMean: new Float32Array(4) };
    await expect(batchNorm.runGradient(long)).rejects.toThrow('savedMean has 4 values, expected 3');
  });
});
