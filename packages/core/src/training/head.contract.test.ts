import { requestAdapter } from '@csx/core/host';
import { DisposedError, InvalidInputError, InvalidOptionError, linearSoftmaxReference } from '@csx/wgsl-kernels';
import { beforeAll, describe, expect, it } from 'vitest';
import { relativeError, startState } from '../../test/support/small-training.ts';
import { permutation } from '../random/permutation.ts';
import { createStream } from '../random/stream.ts';
import { classOffsetsOf } from './check-loss-options.ts';
import type { BatchResult, HeadOptions, LabelledLatents, LossOptions, TrainingEngine, TrainState } from './engine.ts';
import { classifierHeadGraph, headBias, headKernel } from './graph/model-graph.ts';
import { createOnnxEngine } from './onnx/onnx-engine.ts';
import { createWgslEngine } from './wgsl/wgsl-engine.ts';

const d = 12;
const classCount = 3;
const batchSize = 8;
const learningRate = 0.05;
const options: HeadOptions = { d, classCount, batchSize, momentum: 0.9, weightDecay: 5e-3 };
const graph = classifierHeadGraph(d, classCount);
const names = ['onnx', 'wgsl'] as const;

let engines: Record<(typeof names)[number], TrainingEngine>;
beforeAll(async () => {
  engines = {
    onnx: await createOnnxEngine({ backend: 'native', threads: 1 }),
    wgsl: createWgslEngine(await requestAdapter({ kind: 'any' })),
  };
});

function latents(n: number, seed: number): LabelledLatents {
  const stream = createStream(seed, 'testData', n);
  return {
    latents: { data: Float32Array.from({ length: n * d }, () => stream.uniform() * 2 - 1), n, d },
    labels: Uint32Array.from({ length: n }, () => stream.below(classCount)),
  };
}

/** 43 rows fill 5 batches, 64 with the others 8. */
const real = latents(43, 1);
const synthetic = latents(21, 2);
const orderOf = (n: number, epoch: number) => permutation(n, createStream(1, 'headEpochOrder', epoch));

interface Trained {
  readonly results: readonly BatchResult[];
  readonly state: TrainState;
}

/** Epochs, each on the parts given for it. */
async function train(
  engine: TrainingEngine,
  epochs: readonly (readonly LabelledLatents[])[],
  more: Partial<HeadOptions> = {},
): Promise<Trained> {
  const head = await engine.compileHead({ ...options, ...more });
  head.setState(startState(graph));
  const results: BatchResult[] = [];
  for (const [epoch, parts] of epochs.entries()) {
    await head.setLatents(parts);
    const n = parts.reduce((sum, part) => sum + part.latents.n, 0);
    results.push(...(await head.trainEpoch({ order: orderOf(n, epoch), learningRate })));
  }
  const state = await head.getState();
  await head.dispose();
  return { results, state };
}

/** The same as steps, whose batches come one by one. */
async function trainBySteps(engine: TrainingEngine, parts: readonly LabelledLatents[]): Promise<Trained> {
  const { d: _, classCount: __, ...stepOptions } = options;
  const step = await engine.compileTrainStep(graph, stepOptions);
  step.setState(startState(graph));
  const rows = parts.flatMap(({ latents: { data, n }, labels }) =>
    Array.from({ length: n }, (_, row) => ({ values: data.subarray(row * d, (row + 1) * d), label: labels[row] })),
  );
  const order = orderOf(rows.length, 0);
  for (let first = 0; first + batchSize <= order.length; first += batchSize) {
    const batch = Array.from(order.subarray(first, first + batchSize), (row) => rows[row]);
    await step.run({
      inputs: Float32Array.from(batch.flatMap(({ values }) => [...values])),
      labels: Uint32Array.from(batch, ({ label }) => label),
      learningRate,
    });
  }
  const trained = { results: await step.results(), state: await step.getState() };
  await step.dispose();
  return trained;
}

/** Sums of 12 and of 8 terms in another order: 2^-23 sqrt(12) of their size, and a dozen steps that pass it on. */
function expectClose(actual: Trained, expected: Trained): void {
  expect(actual.results).toHaveLength(expected.results.length);
  for (const [step, { loss, correctCount }] of expected.results.entries()) {
    expect(Math.abs(actual.results[step].loss - loss), `loss ${step}`).toBeLessThan(1e-5);
    expect(actual.results[step].correctCount, `correct rows ${step}`).toBe(correctCount);
  }
  for (const part of ['weights', 'momenta'] as const) {
    for (const [name, values] of expected.state[part])
      expect(relativeError(actual.state[part].get(name), values), `${part} of ${name}`).toBeLessThan(1e-5);
  }
}

/** An epoch on the real latents, by the formulas. */
function inFloat64(loss: LossOptions): Trained {
  const start = startState(graph);
  const values = (part: 'weights' | 'momenta', name: string) => start[part].get(name) as Float32Array;
  const trained = linearSoftmaxReference({
    ...options,
    ...loss,
    ...{ classOffsets: classOffsetsOf(loss), learningRate, nesterov: false },
    latents: real.latents,
    labels: real.labels,
    order: orderOf(43, 0).subarray(0, 40),
    weights: values('weights', headKernel),
    bias: values('weights', headBias),
    weightMomenta: values('momenta', headKernel),
    biasMomenta: values('momenta', headBias),
  });
  const both = (kernel: Float64Array, bias: Float64Array) =>
    new Map([
      [headKernel, Float32Array.from(kernel)],
      [headBias, Float32Array.from(bias)],
    ]);
  return {
    results: Array.from(trained.losses, (value, at) => ({ loss: value, correctCount: trained.correctCounts[at] })),
    state: {
      weights: both(trained.weights, trained.bias),
      momenta: both(trained.weightMomenta, trained.biasMomenta),
    },
  };
}

describe.each(names)('a head on the %s engine', (name) => {
  it('trains as steps on its batches do', async () => {
    const bySteps = await trainBySteps(engines[name], [real, synthetic]);
    const whole = await train(engines[name], [[real, synthetic]]);
    expect(whole.results).toHaveLength(8);
    if (name === 'onnx') expect(whole).toEqual(bySteps);
    else expectClose(whole, bySteps);
  });

  it('gives the same bits again, in one part or several, and whatever it was trained on before', async () => {
    const joined: LabelledLatents = {
      latents: { data: Float32Array.of(...real.latents.data, ...synthetic.latents.data), n: 64, d },
      labels: Uint32Array.of(...real.labels, ...synthetic.labels),
    };
    const empty = latents(0, 0);
    const expected = await train(engines[name], [[joined], [joined]]);
    expect(await train(engines[name], [[real, synthetic], [joined]])).toEqual(expected);
    expect(
      await train(engines[name], [
        [real, empty, synthetic],
        [real, synthetic],
      ]),
    ).toEqual(expected);
    const grown = await train(engines[name], [[real, empty], [real, synthetic], [real]]);
    expect(grown.results).toHaveLength(5 + 8 + 5);
    expect(await train(engines[name], [[real], [joined], [latents(43, 1)]])).toEqual(grown);
  });

  it('goes on from its state as it would have gone on', async () => {
    const whole = await train(engines[name], [[real], [real]]);
    const first = await train(engines[name], [[real]]);
    const head = await engines[name].compileHead(options);
    await head.setLatents([synthetic]);
    head.setState(first.state);
    await head.setLatents([real]);
    const results = await head.trainEpoch({ order: orderOf(43, 1), learningRate });
    expect({ results: [...first.results, ...results], state: await head.getState() }).toEqual(whole);
    await head.dispose();
  });

  it('a step whose loss is not finite changes nothing, is told, and the next ones go on', async () => {
    const broken = { ...real, latents: { ...real.latents, data: real.latents.data.with(3 * d, Number.NaN) } };
    const order = Uint32Array.from({ length: 43 }, (_, at) => at);
    const trainOn = async (parts: LabelledLatents[], rows: Uint32Array) => {
      const head = await engines[name].compileHead(options);
      head.setState(startState(graph));
      await head.setLatents(parts);
      const results = await head.trainEpoch({ order: rows, learningRate });
      const state = await head.getState();
      await head.dispose();
      return { results, state };
    };
    const { results, state } = await trainOn([broken], order);
    expect(results.map(({ nonFiniteLayer }) => nonFiniteLayer)).toEqual(['classifier', ...Array(4).fill(undefined)]);
    expect(results[0].loss).not.toSatisfy(Number.isFinite);
    // Without the first batch.
    const later = { latents: { data: real.latents.data.slice(8 * d), n: 35, d }, labels: real.labels.slice(8) };
    const expected = await trainOn([later], order.subarray(0, 35));
    expect(results.slice(1)).toEqual(expected.results);
    expect(state).toEqual(expected.state);
  });

  it('refuses what does not fit, and what comes in the wrong order', async () => {
    const head = await engines[name].compileHead(options);
    const order = orderOf(43, 0);
    await expect(head.getState()).rejects.toThrow(/before setState/);
    expect(() => head.setState({ weights: new Map(), momenta: new Map() })).toThrow(
      /classifier\/kernel have no values, expected 36/,
    );
    head.setState(startState(graph));
    await expect(head.trainEpoch({ order, learningRate })).rejects.toThrow(/before setLatents/);
    const refused = (more: Partial<LabelledLatents>, part = real) =>
      expect(head.setLatents([part, { ...real, ...more }])).rejects;
    await refused({ labels: new Uint32Array(42) }).toThrow(InvalidInputError);
    await refused({ latents: { data: new Float32Array(43 * 4), n: 43, d: 4 } }).toThrow(/43 x 4, expected d = 12/);
    await refused({ labels: real.labels.with(5, 3) }).toThrow('label of row 5 of part 1 is 3, expected below 3');
    await expect(head.setLatents([latents(7, 0)])).rejects.toThrow('got 7 latents, expected at least a batch of 8');
    await head.setLatents([real]);
    await expect(head.trainEpoch({ order: order.slice(1), learningRate })).rejects.toThrow(/42 rows, expected n = 43/);
    const beyond = head.trainEpoch({ order: order.with(2, 43), learningRate });
    await expect(beyond).rejects.toThrow('order[2] is 43, expected less than n = 43');
    const signal = AbortSignal.abort(new Error('stopped'));
    await expect(head.trainEpoch({ order, learningRate, signal })).rejects.toThrow('stopped');
    expect(await head.trainEpoch({ order, learningRate })).toHaveLength(5);
    await head.dispose();
    await expect(head.trainEpoch({ order, learningRate })).rejects.toThrow(DisposedError);
  });

  it('refuses options that make no loss', async () => {
    const compile = (more: Partial<HeadOptions>) => engines[name].compileHead({ ...options, ...more });
    await expect(compile({ labelSmoothing: 1.5 })).rejects.toThrow(InvalidOptionError);
    await expect(compile({ classWeights: new Float32Array(2) })).rejects.toThrow(InvalidOptionError);
    await expect(compile({ classWeights: Float32Array.of(1, -1, 1) })).rejects.toThrow(
      'class weights of class 1 are -1',
    );
    await expect(compile({ margins: new Float32Array(4) })).rejects.toThrow('got 4 margins for 3 classes');
    await expect(compile({ margins: Float32Array.of(0, 0, -1) })).rejects.toThrow('margins of class 2 are -1');
    const infinite = Float32Array.of(0, Number.POSITIVE_INFINITY, 0);
    await expect(compile({ logitOffsets: infinite })).rejects.toThrow('logit offsets of class 1 are Infinity');
    await expect(compile({ logitScale: 0 })).rejects.toThrow('logitScale is 0, expected a finite number above 0');
    await expect(compile({ focalGamma: 17 })).rejects.toThrow('focalGamma is 17, expected from 0 to 16');
    const smooth = compile({ labelSmoothing: 0.1, focalGamma: 2 });
    await expect(smooth).rejects.toThrow('labelSmoothing is 0.1, expected 0 where there are margins or a focalGamma');
    const offsets = { logitOffsets: Float32Array.of(-1, 0, 1), labelSmoothing: 0.1 };
    await expect(compile(offsets).then((head) => head.dispose())).resolves.toBeUndefined();
  });
});

const losses: Record<string, LossOptions> = {
  'logit offsets': { logitOffsets: Float32Array.of(-1, 0.5, 0) },
  margins: { margins: Float32Array.of(0, 0.5, 2) },
  'margins, a scale and class weights': {
    margins: Float32Array.of(0.1, 0.5, 0.2),
    logitScale: 3,
    classWeights: Float32Array.of(0.5, 1, 3),
  },
  'a focal exponent': { focalGamma: 2 },
  'a focal exponent below 1': { focalGamma: 0.5, logitOffsets: Float32Array.of(0, 1, -1) },
};

describe('both engines', () => {
  it.each(Object.entries(losses))('agree with each other and with float64 on %s', async (_, loss) => {
    const plain = await train(engines.wgsl, [[real]]);
    const [wgsl, onnx] = [await train(engines.wgsl, [[real]], loss), await train(engines.onnx, [[real]], loss)];
    expectClose(wgsl, onnx);
    expect(wgsl.results).not.toEqual(plain.results);
    expectClose(onnx, inFloat64(loss));
  });

  it('agree on a head', async () => {
    const epochs = [[real], [real, synthetic]];
    expectClose(await train(engines.wgsl, epochs), await train(engines.onnx, epochs));
  });

  it('agree on class weights, label smoothing and the momentum of Nesterov', async () => {
    const all = { nesterov: true, labelSmoothing: 0.1, classWeights: Float32Array.of(0.5, 1, 3) };
    const [wgsl, onnx] = [await train(engines.wgsl, [[real]], all), await train(engines.onnx, [[real]], all)];
    expectClose(wgsl, onnx);
    expect(wgsl.results).not.toEqual((await train(engines.wgsl, [[real]])).results);
  });
});
