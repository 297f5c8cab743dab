import { beforeAll, describe, expect, it } from 'vitest';
import { makeMatrix, uniform } from '../../../test/support/cases.ts';
import { expectSameBits, expectWithin } from '../../../test/support/compare.ts';
import { testSession } from '../../../test/support/device.ts';
import { poisonedBuffer, readPoisoned } from '../../../test/support/poison.ts';
import {
  bufferUsage,
  createPlan,
  InvalidInputError,
  InvalidOptionError,
  LimitExceededError,
  type Session,
} from '../../index.ts';
import { linearSoftmaxBounds } from './linear-softmax.bounds.ts';
import {
  type LinearSoftmaxInput,
  type LinearSoftmaxOutput,
  linearSoftmaxBatch,
  linearSoftmaxReference,
} from './linear-softmax.reference.ts';
import {
  createLinearSoftmax,
  type LinearSoftmax,
  type LinearSoftmaxIo,
  type LinearSoftmaxOptions,
} from './linear-softmax.ts';

let session: Session;
let kernel: LinearSoftmax;
beforeAll(async () => {
  session = await testSession();
  kernel = createLinearSoftmax(session);
});

const variants = ['sliced', 'subgroup'] as const;
const stateNames = ['weights', 'bias', 'weightMomenta', 'biasMomenta'] as const;
const outputNames = [...stateNames, 'losses', 'correctCounts'] as const;
const signed = (count: number, seed: number) => uniform(count, seed).map((u) => 2 * u - 1);

function makeInput(
  d: number,
  c: number,
  batchSize: number,
  steps: number,
  fault: Partial<LinearSoftmaxInput> = {},
): LinearSoftmaxInput {
  const n = 2 * batchSize + 3;
  return {
    latents: makeMatrix(n, d, 1),
    labels: Uint32Array.from(uniform(n, 2), (u) => Math.floor(u * c)),
    order: Uint32Array.from(uniform(steps * batchSize, 3), (u) => Math.floor(u * n)),
    batchSize,
    weights: signed(d * c, 4),
    bias: signed(c, 5),
    weightMomenta: signed(d * c, 6),
    biasMomenta: signed(c, 7),
    momentum: 0.9,
    weightDecay: 0.01,
    nesterov: false,
    learningRate: 0.05,
    ...fault,
  };
}

function expectReference(actual: LinearSoftmaxOutput, input: LinearSoftmaxInput, what: string) {
  const expected = linearSoftmaxReference(input);
  const bounds = linearSoftmaxBounds(input);
  for (const name of outputNames)
    expectWithin(actual[name], expected[name], (at) => bounds[name][at], `${what}: ${name}`);
}

function expectSame(actual: LinearSoftmaxOutput, expected: LinearSoftmaxOutput, what: string) {
  for (const name of outputNames) expectSameBits(actual[name], expected[name], `${what}: ${name}`);
}

describe.each(variants)('linear-softmax, %s', (variant) => {
  it.each([
    [1, 1, 1],
    [3, 2, 7],
    [4, 6, 8],
    [64, 7, 33],
    [67, 3, 16],
    [64, 10, 65],
    [5, 13, 300],
    [6, 100, 9],
  ])('d %i, %i classes, batch %i: one step equals the reference', async (d, c, batchSize) => {
    const input = makeInput(d, c, batchSize, 1);
    expectReference(await kernel.run(input, variant), input, 'plain');
  });

  it('equals the reference with Nesterov, smoothing and class weights, also all 0', async () => {
    for (const classWeights of [Float32Array.of(0, 0.5, 3), new Float32Array(3)]) {
      const input = makeInput(8, 3, 37, 2, { nesterov: true, labelSmoothing: 0.1, classWeights });
      expectReference(await kernel.run(input, variant), input, `${classWeights}`);
    }
  });

  it('equals the reference with offsets, margins, a scale and a focal exponent', async () => {
    const classOffsets = Float32Array.of(-0.5, 0, 1, 0.25, 0, 1.5);
    for (const loss of [
      { classOffsets, logitScale: 4, classWeights: Float32Array.of(0.5, 1, 3) },
      { focalGamma: 2, classOffsets, logitScale: 0.5 },
    ]) {
      const input = makeInput(8, 3, 37, 2, loss);
      expectReference(await kernel.run(input, variant), input, `${Object.keys(loss)}`);
    }
  });

  it('20 steps stay within the bound that the errors of each step add up to', async () => {
    const input = makeInput(16, 5, 24, 20, { learningRate: 0.02, momentum: 0.5 });
    const { losses } = linearSoftmaxReference(input);
    const bounds = linearSoftmaxBounds(input);
    // The bound says something: its largest value is a small part of what the steps change.
    expect(Math.max(...bounds.losses)).toBeLessThan(1e-2 * Math.abs(losses[19] - losses[0]));
    expect(Math.max(...bounds.correctCounts)).toBe(0);
    expectReference(await kernel.run(input, variant), input, '20 steps');
  });

  it('20 steps are 20 times one step, to the bit, each within its bound', async () => {
    const input = makeInput(12, 4, 10, 20, { learningRate: 0.3 });
    const whole = await kernel.run(input, variant);
    let state: LinearSoftmaxInput = input;
    for (let step = 0; step < 20; step++) {
      const one = { ...state, order: input.order.subarray(step * 10, step * 10 + 10) };
      const next = await kernel.run(one, variant);
      expectReference(next, one, `step ${step}`);
      expectSameBits(next.losses, whole.losses.subarray(step, step + 1), `loss ${step}`);
      expectSameBits(next.correctCounts, whole.correctCounts.subarray(step, step + 1), `correct rows ${step}`);
      state = { ...input, ...next };
    }
    const { losses, correctCounts } = whole;
    expect(new Set(correctCounts).size).toBeGreaterThan(2);
    expectSame({ ...state, losses, correctCounts }, whole, 'all');
    expectSame(await kernel.run(input, variant), whole, 'again');
  });

  it('agrees with finite differences of the loss', async () => {
    // Without momentum and decay, and at rate 1, a step subtracts the gradient.
    const still = { momentum: 0, weightDecay: 0, learningRate: 1 };
    const base = makeInput(3, 4, 6, 1, still);
    const input = { ...base, weightMomenta: new Float32Array(12), biasMomenta: new Float32Array(4) };
    const { weightMomenta } = await kernel.run(input, variant);
    const bounds = linearSoftmaxBounds(input).weightMomenta;
    const h = 2 ** -12;
    const bias = Float64Array.from(input.bias);
    const none = new Float64Array(0);
    const lossAt = (at: number, change: number) => {
      const weights = Float64Array.from(input.weights);
      weights[at] += change;
      return linearSoftmaxBatch(input, { weights, bias, weightMomenta: none, biasMomenta: none }, 0).loss;
    };
    const slopes = Array.from(input.weights, (_, at) => (lossAt(at, h) - lossAt(at, -h)) / (2 * h));
    // |x| < 1, and the third derivative of a row's loss by a logit is at most 1 / (6 sqrt 3).
    const truncation = (h * h) / 6 / (6 * Math.sqrt(3));
    expectWithin(weightMomenta, slopes, (at) => bounds[at] + truncation + 1e-11, 'slopes');
  });

  it('counts rows as softmax-cross-entropy does: ties go to the first class, rows of weight 0 do not count', async () => {
    const still = { momentum: 0, weightDecay: 0, learningRate: 0, batchSize: 5 };
    // Sums of a few small whole numbers, so that ties are exact. Logits: 1 1 0, 0 1 1, 2 1 3, 0 0 0, 2 3 1.
    const input: LinearSoftmaxInput = {
      ...makeInput(3, 3, 5, 1, still),
      latents: { data: Float32Array.of(1, 0, 0, 0, 1, 0, 1, 0, 1, 0, 0, 0, 2, 1, 0), n: 5, d: 3 },
      weights: Float32Array.of(1, 1, 0, 0, 1, 1, 1, 0, 3),
      bias: new Float32Array(3),
      order: Uint32Array.of(0, 1, 2, 3, 4),
    };
    const count = async (labels: readonly number[], more: Partial<LinearSoftmaxInput> = {}) => {
      const given = { ...input, labels: Uint32Array.from(labels), ...more };
      const { correctCounts } = await kernel.run(given, variant);
      expect(correctCounts).toEqual(Float32Array.from(linearSoftmaxReference(given).correctCounts));
      return correctCounts[0];
    };
    expect(await count([0, 1, 2, 0, 1])).toBe(5);
    expect(await count([1, 2, 0, 1, 2])).toBe(0);
    expect(await count([0, 2, 2, 1, 1])).toBe(3);
    expect(await count([0, 1, 2, 0, 1], { classWeights: Float32Array.of(0, 1, 2) })).toBe(3);
  });

  it("a latent that is not finite makes the step's loss NaN and leaves the state", async () => {
    const input = makeInput(4, 3, 5, 3);
    const good = input.order.slice();
    good.subarray(5, 10).fill(0);
    good.subarray(0, 5).fill(1);
    good.subarray(10, 15).fill(2);
    const latents = { ...input.latents, data: input.latents.data.with(2, Number.NaN) };
    const { outputs } = await onBuffers({ ...input, order: good, latents }, variant, 1);
    const healthy = { ...input, order: Uint32Array.from([...good.subarray(0, 5), ...good.subarray(10, 15)]) };
    const expected = await kernel.run(healthy, variant);
    for (const name of stateNames) expectSameBits(outputs[name], expected[name], name);
    const [first, bad, last] = outputs.losses;
    expect([first, last]).toEqual([...expected.losses]);
    expect(bad).toBeNaN();
  });

  it('a plan replays it as steps do, writing its outputs and nothing behind them', async () => {
    const input = makeInput(7, 10, 9, 3);
    const { outputs } = await onBuffers(input, variant, 2);
    const first = await kernel.run(input, variant);
    expectSame(outputs, await kernel.run({ ...input, ...first }, variant), 'second replay');
  });
});

/** Replays a plan on buffers with guard tails. */
async function onBuffers(input: LinearSoftmaxInput, variant: LinearSoftmaxOptions['variant'], replays: number) {
  const { latents, batchSize, order, bias, momentum, weightDecay, nesterov } = input;
  const steps = order.length / batchSize;
  const before = session.pool.stats().liveBytes;
  const poisoned = [
    ...stateNames.map((name) => {
      const output = poisonedBuffer(session, input[name].byteLength, name);
      session.device.queue.writeBuffer(output.buffer, 0, input[name].slice());
      return output;
    }),
    poisonedBuffer(session, steps * 8, 'totals'),
  ];
  const uploads = [latents.data, input.labels, order].map((data) => session.upload(data, 'input'));
  const rate = session.pool.acquire(16, bufferUsage.uniform, 'rate');
  session.device.queue.writeBuffer(rate, 0, Float32Array.of(input.learningRate));
  const { encode } = await kernel.prepare({
    ...{ d: latents.d, classCount: bias.length, batchSize },
    ...{ momentum, weightDecay, nesterov, variant },
  });
  const plan = createPlan(session, 'plan');
  const [weights, biases, weightMomenta, biasMomenta, totals] = poisoned.map(({ buffer }) => ({ buffer }));
  const [rows, labels, batches] = uploads.map((buffer) => ({ buffer }));
  encode(plan, {
    ...{ n: latents.n, steps, latents: rows, labels, order: batches, learningRate: { buffer: rate }, totals },
    ...{ weights, bias: biases, weightMomenta, biasMomenta },
  });
  expect(plan.dispatchCount).toBe(2 * steps);
  const results = await readPoisoned(session, poisoned, ({ encoder }) => {
    for (let at = 0; at < replays; at++) plan.replay(encoder);
  });
  plan.dispose();
  for (const buffer of [...uploads, rate]) session.pool.release(buffer);
  expect(session.pool.stats().liveBytes).toBe(before);
  const state = Object.fromEntries(stateNames.map((name, at) => [name, new Float32Array(results[at])]));
  const pairs = new Float32Array(results[4]);
  const [losses, correctCounts] = [0, 1].map((part) => pairs.filter((_, at) => at % 2 === part));
  return { outputs: { ...state, losses, correctCounts } as LinearSoftmaxOutput };
}

describe('linear-softmax', () => {
  it('learns what is separable', async () => {
    const latents = makeMatrix(40, 6, 11);
    const labels = Uint32Array.from({ length: 40 }, (_, row) => (latents.data[row * 6] > 0 ? 1 : 0));
    const order = Uint32Array.from({ length: 200 * 20 }, (_, at) => (at * 7) % 40);
    const zero = { weights: new Float32Array(12), bias: new Float32Array(2) };
    const momenta = { weightMomenta: new Float32Array(12), biasMomenta: new Float32Array(2) };
    const rule = { momentum: 0.9, weightDecay: 0, nesterov: false, learningRate: 0.1, batchSize: 20 };
    const { losses } = await kernel.run({ latents, labels, order, ...zero, ...momenta, ...rule });
    expect(losses[0]).toBeCloseTo(Math.log(2), 6);
    expect(losses.at(-1)).toBeLessThan(0.25);
  });

  it('no steps leave the state as it is', async () => {
    const input = makeInput(3, 2, 4, 0);
    const { weights, losses } = await kernel.run(input);
    expect(weights).toEqual(input.weights);
    expect(losses).toHaveLength(0);
  });
});

describe('linear-softmax: errors', () => {
  const good = makeInput(3, 2, 4, 1);

  it('control: the same input without a fault runs', async () => {
    expect((await kernel.run(good)).losses).toHaveLength(1);
  });

  it.each<[string, Partial<LinearSoftmaxInput>, new (message: string) => Error, string]>([
    ['latents', { latents: { ...good.latents, n: 2 } }, InvalidInputError, 'latents has 33 values, expected n * d'],
    [
      'NaN',
      { latents: { ...good.latents, data: good.latents.data.with(4, Number.NaN) } },
      InvalidInputError,
      'latents row 1 holds NaN in column 1',
    ],
    ['labels', { labels: new Uint32Array(3) }, InvalidInputError, 'labels has 3 values, expected 11'],
    ['a label', { labels: good.labels.with(2, 2) }, InvalidInputError, 'label of row 2 is 2, expected less than c = 2'],
    ['weights', { weights: new Float32Array(5) }, InvalidInputError, 'weights has 5 values, expected 6'],
    ['momenta', { biasMomenta: Float32Array.of(0, Infinity) }, InvalidInputError, 'biasMomenta row 0 holds Infinity'],
    ['no classes', { bias: new Float32Array(0) }, InvalidInputError, 'bias has no values'],
    [
      'an order',
      { order: new Uint32Array(6) },
      InvalidInputError,
      'order has 6 rows, expected a multiple of batchSize = 4',
    ],
    ['a row', { order: Uint32Array.of(0, 11, 0, 0) }, InvalidInputError, 'order[1] is 11, expected less than n = 11'],
    ['a batch', { batchSize: 0 }, InvalidInputError, 'batchSize is 0'],
    ['a rate', { learningRate: Number.NaN }, InvalidInputError, 'learningRate is NaN'],
    [
      'class weights',
      { classWeights: new Float32Array(3) },
      InvalidInputError,
      'classWeights has 3 values, expected 2',
    ],
    ['a class weight', { classWeights: Float32Array.of(1, -1) }, InvalidInputError, 'classWeights[1] is -1'],
    ['offsets', { classOffsets: new Float32Array(3) }, InvalidInputError, '3 classOffsets, expected 2 * c = 4'],
    ['a scale', { logitScale: -1 }, InvalidOptionError, 'logitScale is -1, expected a finite number > 0'],
    ['smoothing', { labelSmoothing: -0.1 }, InvalidOptionError, 'labelSmoothing is -0.1, expected 0 to 1'],
    ['momentum', { momentum: 1 }, InvalidOptionError, 'momentum is 1, expected at least 0 and below 1'],
  ])('%s', async (_name, fault, kind, message) => {
    const failure = kernel.run({ ...good, ...fault });
    await expect(failure).rejects.toBeInstanceOf(kind);
    await expect(failure).rejects.toThrow(message);
  });

  it('prepare refuses sizes and names it does not know, and encode weights it was not compiled for', async () => {
    const rule = { momentum: 0.9, weightDecay: 0, nesterov: false };
    const options = { d: 3, classCount: 2, batchSize: 4, ...rule };
    await expect(kernel.prepare({ ...options, d: 0 })).rejects.toThrow('d is 0, expected a whole number >= 1');
    const misspelt = { ...options, epochs: 3 } as LinearSoftmaxOptions;
    await expect(kernel.prepare(misspelt)).rejects.toThrow('unknown option epochs');
    const { encode } = await kernel.prepare(options);
    const any = { buffer: session.pool.acquire(256, bufferUsage.storage, 'any') };
    const io = { latents: any, labels: any, order: any, weights: any, bias: any, weightMomenta: any, biasMomenta: any };
    const sizes = { n: 8, steps: 1 };
    const recorded = (more: Partial<LinearSoftmaxIo>) =>
      expect(
        session.submit('test', (step) => {
          encode(step, { ...sizes, ...io, learningRate: any, totals: any, ...more });
          return [];
        }),
      );
    await recorded({ classWeights: any }).rejects.toThrow('classWeights given, compiled without');
    await recorded({ classOffsets: any }).rejects.toThrow('classOffsets given, compiled without');
    await recorded({ steps: 0 }).rejects.toThrow('steps is 0, expected a whole number >= 1');
    await recorded({ n: 1.5 }).rejects.toThrow('n is 1.5, expected a whole number >= 1');
    session.pool.release(any.buffer);
  });

  it('latents larger than a binding', async () => {
    const small = await testSession({ maxBindingBytes: 11 * 3 * 4 });
    await expect(createLinearSoftmax(small).run(good)).resolves.toBeDefined();
    await expect(createLinearSoftmax(small).run(makeInput(4, 2, 4, 1))).rejects.toBeInstanceOf(LimitExceededError);
    small.dispose();
  });

  it('subgroups where the device has several sizes, or larger ones', async () => {
    for (const [subgroupMinSize, subgroupMaxSize] of [
      [4, 8],
      [32, 32],
    ]) {
      const device = { features: new Set(['subgroups']), adapterInfo: { subgroupMinSize, subgroupMaxSize } };
      const other = createLinearSoftmax({ ...session, device } as unknown as Session);
      await expect(other.run(good, 'subgroup')).rejects.toBeInstanceOf(InvalidOptionError);
    }
    await expect(kernel.run(good, 'subgroup')).resolves.toBeDefined();
  });
});
