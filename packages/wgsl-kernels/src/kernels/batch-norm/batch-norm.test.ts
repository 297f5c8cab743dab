import { beforeAll, describe, expect, it } from 'vitest';
import { encodeInArenas } from '../../../test/support/arenas.ts';
import { type MatrixKind, makeMatrix, matrixKinds, uniform } from '../../../test/support/cases.ts';
import { expectSameBits, expectWithin } from '../../../test/support/compare.ts';
import { testSession } from '../../../test/support/device.ts';
import { encodeInHalfArenas, preparedOrRefused, toHalves } from '../../../test/support/halves.ts';
import {
  halfStorageBound,
  InvalidInputError,
  InvalidOptionError,
  LimitExceededError,
  type Session,
} from '../../index.ts';
import { mostAtOnce, shortestRun } from '../column-sums/row-runs.ts';
import { batchStatisticsBounds, inferenceBounds, movingBound, normalizeBound } from './batch-norm.bounds.ts';
import type { BatchNormTrainingOutput, BatchNormTrainingRun } from './batch-norm.io.ts';
import { batchStatisticsReference, normalizeReference } from './batch-norm.reference.ts';
import { type BatchNorm, createBatchNorm } from './batch-norm.ts';

let session: Session;
let batchNorm: BatchNorm;
beforeAll(async () => {
  session = await testSession();
  batchNorm = createBatchNorm(session);
});

const signed = (count: number, seed: number) => uniform(count, seed).map((u) => 2 * u - 1);

function makeRun(rows: number, channels: number, kind?: MatrixKind): BatchNormTrainingRun {
  return {
    rows,
    channels,
    relu: rows % 2 === 0,
    epsilon: 1e-3,
    momentum: 0.9,
    input: makeMatrix(rows, channels, rows + channels, kind).data,
    gamma: signed(channels, 1),
    beta: signed(channels, 2),
    movingMean: signed(channels, 3),
    movingVariance: uniform(channels, 4),
  };
}

const columnOf = ({ input, channels }: BatchNormTrainingRun, channel: number) =>
  input.filter((_, at) => at % channels === channel);

/** Everything within its derived bound of the float64 reference; `stored` adds what the output's storage does. */
function expectTraining(
  actual: BatchNormTrainingOutput,
  run: BatchNormTrainingRun,
  what: string,
  stored: (exact: number, bound: number) => number = (_exact, bound) => bound,
) {
  const { rows, channels, gamma, epsilon, momentum } = run;
  const { mean, variance } = batchStatisticsReference(run.input, rows, channels);
  const inverse = variance.map((value) => 1 / Math.sqrt(value + epsilon));
  const bounds = Array.from(mean, (_, channel) => {
    const column = columnOf(run, channel).sort();
    const range = column[rows - 1] - column[0];
    return batchStatisticsBounds({ rows, mean: mean[channel], variance: variance[channel], range }, epsilon);
  });
  expectWithin(actual.savedMean, mean, (at) => bounds[at].mean, `${what}: mean`);
  expectWithin(actual.savedInverse, inverse, (at) => inverse[at] * bounds[at].inverse, `${what}: inverse`);
  const output = normalizeReference(run, mean, inverse);
  const outputBound = (at: number) => {
    const channel = at % channels;
    const deviation = run.input[at] - mean[channel];
    const scale = gamma[channel] * inverse[channel];
    return stored(output[at], normalizeBound({ deviation, scale, output: output[at] }, bounds[channel]));
  };
  expectWithin(actual.output, output, outputBound, `${what}: output`);
  const moved = (moving: Float32Array, batch: Float64Array) =>
    batch.map((value, at) => momentum * moving[at] + (1 - momentum) * value);
  const meanBound = (at: number) => movingBound(run.movingMean[at], mean[at], bounds[at].mean, momentum);
  expectWithin(actual.movingMean, moved(run.movingMean, mean), meanBound, `${what}: moving mean`);
  const varianceBound = (at: number) =>
    movingBound(run.movingVariance[at], variance[at], bounds[at].variance, momentum);
  expectWithin(actual.movingVariance, moved(run.movingVariance, variance), varianceBound, `${what}: moving variance`);
}

describe('batch-norm: training', () => {
  it('rows around a run and around the last merge, all kinds of widths', async () => {
    const around = (n: number) => [n - 1, n, n + 1];
    const rows = [1, 2, ...around(shortestRun), ...around(mostAtOnce), 1009, mostAtOnce * shortestRun + 1, 2100];
    for (const [at, n] of rows.entries()) {
      const run = makeRun(n, [3, 4, 1, 64, 7][at % 5]);
      expectTraining(await batchNorm.runTraining(run), run, `${n} rows, ${run.channels} channels`);
    }
    for (const channels of [1, 3, 4, 7, 33, 64]) {
      const run = makeRun(130, channels);
      expectTraining(await batchNorm.runTraining(run), run, `130 rows, ${channels} channels`);
    }
  });

  it('every kind of data', async () => {
    for (const kind of matrixKinds) {
      const run = makeRun(1009, 3, kind);
      expectTraining(await batchNorm.runTraining(run), run, kind.name);
    }
  });

  it('two merges, as a GPU is given them', async () => {
    const run = makeRun(64 * 64 * shortestRun + 5, 1);
    const onGpu = createBatchNorm({ ...session, isSoftware: false });
    expectTraining(await onGpu.runTraining(run), run, 'two merges');
  });

  it('a first row far from all others', async () => {
    const far = { name: 'far', value: (u: number, row: number) => (row === 0 ? 1e3 : u) };
    const run = makeRun(1009, 4, far);
    expectTraining(await batchNorm.runTraining(run), run, 'far first row');
  });

  it('constant channels give beta, exactly, whatever their offset', async () => {
    const constant = { name: 'constant', value: (_u: number, _row: number, column: number) => 1e4 * (column + 0.1) };
    const run = { ...makeRun(333, 5, constant), relu: false };
    const { output, savedMean, savedInverse } = await batchNorm.runTraining(run);
    expectSameBits(
      output,
      Float32Array.from(run.input, (_, at) => run.beta[at % 5]),
      'output',
    );
    expectSameBits(savedMean, run.input.slice(0, 5), 'mean');
    expectWithin(savedInverse, new Float32Array(5).fill(1 / Math.sqrt(1e-3)), () => 4 * 2 ** -23 * 32, 'inverse');
  });

  it('an offset of the channel does not change the deviation, bit for bit', async () => {
    // Multiples of 1/8 stay exact when 65536 is added.
    const eighths = { name: 'eighths', value: (u: number) => Math.floor(u * 64) / 8 };
    const run = makeRun(1009, 4, eighths);
    const moved = { ...run, input: run.input.map((value) => value + 65_536) };
    const plain = await batchNorm.runTraining(run);
    expectSameBits((await batchNorm.runTraining(moved)).savedInverse, plain.savedInverse, 'inverse');
    expectTraining(await batchNorm.runTraining(moved), moved, 'moved');
  });

  it('a ReLU that lets nothing through', async () => {
    const run = { ...makeRun(40, 4), beta: new Float32Array(4).fill(-100) };
    expect((await batchNorm.runTraining({ ...run, relu: true })).output.every((value) => value === 0)).toBe(true);
    expect((await batchNorm.runTraining({ ...run, relu: false })).output.every((value) => value < 0)).toBe(true);
  });

  it('a momentum of 1 leaves the running statistics, one of 0 takes the batch', async () => {
    const run = makeRun(40, 3);
    const kept = await batchNorm.runTraining({ ...run, momentum: 1 });
    expectSameBits(kept.movingMean, run.movingMean, 'moving mean');
    expectSameBits(kept.movingVariance, run.movingVariance, 'moving variance');
    const taken = await batchNorm.runTraining({ ...run, momentum: 0 });
    expectSameBits(taken.movingMean, taken.savedMean, 'moving mean');
  });

  it('does not hide a NaN behind the ReLU', async () => {
    const run = { ...makeRun(20, 4), relu: true };
    const { output } = await batchNorm.runTraining({ ...run, input: run.input.with(17, Number.NaN) });
    expect(output.every((value, at) => Number.isNaN(value) === (at % 4 === 1))).toBe(true);
  });

  it('encodes into steps and plans, at offsets, and writes nothing else', async () => {
    for (const [rows, channels] of [
      [5, 3],
      [2100, 4],
    ]) {
      const run = makeRun(rows, channels);
      const { input, gamma, beta, movingMean, movingVariance, ...options } = run;
      const { encode } = await batchNorm.prepareTraining(options);
      const outputs = { movingMean, movingVariance, savedMean: channels, savedInverse: channels };
      const written = { ...outputs, output: rows * channels };
      const actual = await encodeInArenas(session, { input, gamma, beta }, written, encode, ['output']);
      expectTraining(actual, run, `${rows} rows, ${channels} channels`);
      expectSameBits((await batchNorm.runTraining(run)).output, actual.output, 'run');
    }
  });
});

describe('batch-norm: training, stored as f16', () => {
  it('statistics as of f32, the output rounded once more', async () => {
    for (const halves of [['input', 'output'], ['input'], ['output']]) {
      const storage = Object.fromEntries(halves.map((name) => [name, 'f16' as const]));
      for (const [rows, channels] of [
        [1, 1],
        [5, 3],
        [130, 7],
        [2100, 4],
        [64, 64],
      ]) {
        const made = makeRun(rows, channels);
        const run = { ...made, input: halves.includes('input') ? toHalves(made.input) : made.input };
        const { input, gamma, beta, movingMean, movingVariance, ...options } = run;
        const prepared = await preparedOrRefused(session, () => batchNorm.prepareTraining({ ...options, storage }));
        if (prepared === undefined) continue;
        const outputs = { movingMean, movingVariance, savedMean: channels, savedInverse: channels };
        const actual = await encodeInHalfArenas(
          session,
          { input, gamma, beta },
          { ...outputs, output: rows * channels },
          halves,
          prepared.encode,
          ['output'],
        );
        const stored = halves.includes('output') ? halfStorageBound : undefined;
        expectTraining(actual, run, `${rows} rows, ${channels} channels, ${halves}`, stored);
      }
    }
  });

  it('infinite inputs reach the running statistics, from where the layer is found', async () => {
    const { input, gamma, beta, movingMean, movingVariance, ...options } = makeRun(20, 4);
    const storage = { input: 'f16', output: 'f16' } as const;
    const prepared = await preparedOrRefused(session, () => batchNorm.prepareTraining({ ...options, storage }));
    if (prepared === undefined) return;
    const actual = await encodeInHalfArenas(
      session,
      { input: toHalves(input).with(17, Number.POSITIVE_INFINITY), gamma, beta },
      { movingMean, movingVariance, savedMean: 4, savedInverse: 4, output: 80 },
      ['input', 'output'],
      prepared.encode,
      ['output'],
    );
    expect([...actual.movingVariance].map(Number.isFinite)).toEqual([true, false, true, true]);
    expect(actual.output.every((value, at) => Number.isNaN(value) === (at % 4 === 1))).toBe(true);
  });
});

describe('batch-norm: inference', () => {
  const inferenceOf = ({ momentum: _, ...run }: BatchNormTrainingRun) => run;

  it('normalizes with the running statistics', async () => {
    for (const [rows, channels] of [
      [1, 1],
      [2, 4],
      [37, 7],
      [1009, 64],
    ]) {
      const run = inferenceOf(makeRun(rows, channels, matrixKinds[rows === 37 ? 1 : 0]));
      const inverse = Float64Array.from(run.movingVariance, (value) => 1 / Math.sqrt(value + run.epsilon));
      const expected = normalizeReference(run, run.movingMean, inverse);
      const bound = (at: number) => {
        const channel = at % channels;
        const deviation = run.input[at] - run.movingMean[channel];
        const scale = run.gamma[channel] * inverse[channel];
        return normalizeBound({ deviation, scale, output: expected[at] }, inferenceBounds);
      };
      expectWithin(await batchNorm.runInference(run), expected, bound, `${rows} rows, ${channels} channels`);
      const { input, gamma, beta, movingMean, movingVariance, ...options } = run;
      const { encode } = await batchNorm.prepareInference(options);
      const inputs = { input, gamma, beta, movingMean, movingVariance };
      const { output } = await encodeInArenas(session, inputs, { output: rows * channels }, encode);
      expectWithin(output, expected, bound, 'encoded');
    }
  });
});

describe('batch-norm: errors', () => {
  const good = { rows: 4, channels: 3, relu: true, epsilon: 1e-3, momentum: 0.99 };

  it('control: options without a fault', async () => {
    await expect(batchNorm.prepareTraining(good)).resolves.toBeDefined();
    await expect(batchNorm.runTraining(makeRun(4, 3))).resolves.toBeDefined();
    const { momentum: _, ...inference } = good;
    await expect(batchNorm.prepareInference(inference)).resolves.toBeDefined();
  });

  it.each([
    ['no rows', { ...good, rows: 0 }, InvalidInputError, 'batch-norm: rows is 0'],
    ['half a channel', { ...good, channels: 0.5 }, InvalidInputError, 'channels is 0.5'],
    ['an epsilon of 0', { ...good, epsilon: 0 }, InvalidOptionError, 'epsilon is 0'],
    ['an epsilon that is no number', { ...good, epsilon: Number.NaN }, InvalidOptionError, 'epsilon is NaN'],
    ['an infinite epsilon', { ...good, epsilon: Infinity }, InvalidOptionError, 'epsilon is Infinity'],
    ['a momentum above 1', { ...good, momentum: 1.01 }, InvalidOptionError, 'momentum is 1.01'],
    ['an unknown option', { ...good, axis: 3 }, InvalidOptionError, 'unknown option axis'],
  ])('%s', async (_name, options, kind, message) => {
    const failure = batchNorm.prepareTraining(options);
    await expect(failure).rejects.toBeInstanceOf(kind);
    await expect(failure).rejects.toThrow(message);
  });

  it('inference checks its options as well', async () => {
    const { momentum: _, ...inference } = good;
    await expect(batchNorm.prepareInference({ ...inference, epsilon: -1 })).rejects.toBeInstanceOf(InvalidOptionError);
    await expect(batchNorm.prepareInference({ ...inference, rows: -1 })).rejects.toBeInstanceOf(InvalidInputError);
    await expect(batchNorm.prepareInference(good)).rejects.toThrow('unknown option momentum');
  });

  it.each([
    ['input', 'input has 11 values, expected 12'],
    ['gamma', 'gamma has 11 values, expected 3'],
    ['movingVariance', 'movingVariance has 11 values, expected 3'],
  ])('%s of another length', async (name, message) => {
    const wrong = { ...makeRun(4, 3), [name]: new Float32Array(11) };
    await expect(batchNorm.runTraining(wrong)).rejects.toThrow(message);
    const { momentum: _, ...inference } = wrong;
    await expect(batchNorm.runInference(inference)).rejects.toThrow(message);
  });

  it('data larger than a binding', async () => {
    const small = await testSession({ maxBindingBytes: 1024 });
    const kernel = createBatchNorm(small);
    await expect(kernel.runTraining(makeRun(257, 1))).rejects.toBeInstanceOf(LimitExceededError);
    await expect(kernel.runTraining(makeRun(256, 1))).resolves.toBeDefined();
    small.dispose();
  });
});
