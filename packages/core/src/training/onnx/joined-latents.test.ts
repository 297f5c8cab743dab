import { InvalidInputError, InvalidOptionError } from '@csx/wgsl-kernels';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { modelToGraph } from '../../backbone/model-to-graph.ts';
import { initialWeights, readWeights, writeWeights, zeroMomenta } from '../../backbone/weights.ts';
import { createStream } from '../../random/stream.ts';
import type { BatchResult, LatentBatch, TrainingEngine, TrainState, TrainStepOptions, Weights } from '../engine.ts';
import { headBias, headKernel, type ModelGraph } from '../graph/model-graph.ts';
import { createOnnxEngine } from './onnx-engine.ts';
import { trainModel } from './train-model.ts';

const batchSize = 5;
const classCount = 3;
const d = 6;
const latentBatchSize = 4;
const learningRate = 0.05;
const plain: TrainStepOptions = { batchSize, momentum: 0.9, weightDecay: 5e-3 };
const joined: TrainStepOptions = { ...plain, latentBatchSize };
const weighted: TrainStepOptions = {
  ...joined,
  labelSmoothing: 0.1,
  classWeights: Float32Array.of(0.5, 2, 1),
  nesterov: true,
};

/** A convolution with batch norm, whose gradient would show any latent that flowed back, and a dense layer. */
function smallModel(): tf.LayersModel {
  const { layers } = tf;
  const input = tf.input({ shape: [4, 4, 2], name: 'image' });
  let x = layers.conv2d({ filters: d, kernelSize: 3, padding: 'same', useBias: false, name: 'conv' }).apply(input);
  x = layers.batchNormalization({ momentum: 0.9, epsilon: 1e-3, name: 'norm' }).apply(x);
  x = layers.reLU({ name: 'relu' }).apply(x);
  const latent = layers.globalAveragePooling2d({ name: 'latent' } as never).apply(x) as tf.SymbolicTensor;
  const output = layers.dense({ units: classCount, name: 'classifier' }).apply(latent) as tf.SymbolicTensor;
  return tf.model({ inputs: input, outputs: output });
}

let model: tf.LayersModel;
let graph: ModelGraph;
let engine: TrainingEngine;

beforeAll(async () => {
  await tf.setBackend('cpu');
  model = smallModel();
  graph = modelToGraph(model);
  engine = await createOnnxEngine({ backend: 'native', threads: 2 });
});

const startState = (): TrainState => ({
  weights: initialWeights(graph, (index) => createStream(3, 'testData', index)),
  momenta: zeroMomenta(graph),
});

interface Given {
  readonly inputs: Float32Array;
  readonly labels: Uint8Array;
  readonly latents: LatentBatch;
}

function given(step: number, latentCount: number): Given {
  const stream = createStream(11, 'testData', step);
  const values = (length: number) => Float32Array.from({ length }, () => stream.uniform() * 2 - 1);
  return {
    inputs: values(batchSize * 32),
    labels: Uint8Array.from({ length: batchSize }, (_, i) => (i + step) % classCount),
    latents: {
      data: values(latentCount * d),
      labels: Uint32Array.from({ length: latentCount }, (_, i) => (2 * i + step) % classCount),
    },
  };
}

async function train(
  options: TrainStepOptions,
  batches: readonly Given[],
  start = startState(),
): Promise<{ state: TrainState; results: readonly BatchResult[] }> {
  const step = await engine.compileTrainStep(graph, options);
  step.setState(start);
  for (const { inputs, labels, latents } of batches)
    await step.run({ inputs, labels, learningRate, ...(latents.labels.length > 0 && { latents }) });
  const results = await step.results();
  const state = await step.getState();
  await step.dispose();
  return { state, results };
}

function expectClose(actual: Weights, expected: Weights, bound: number): void {
  for (const [name, values] of expected) {
    const got = actual.get(name) as Float32Array;
    let scale = 1e-3;
    let worst = 0;
    values.forEach((value, i) => {
      scale = Math.max(scale, Math.abs(value));
      worst = Math.max(worst, Math.abs(value - (got[i] as number)));
    });
    expect(worst / scale, name).toBeLessThan(bound);
  }
}

describe('a training step with latents', () => {
  it.each([
    ['latents', joined, [4, 2, 0]],
    ['latents, class weights, smoothed labels and Nesterov momentum', weighted, [4, 2, 0]],
    ['class weights alone', { ...plain, classWeights: Float32Array.of(0.5, 2, 1) }, [0, 0, 0]],
    ['smoothed labels alone', { ...plain, labelSmoothing: 0.2 }, [0, 0, 0]],
    ['Nesterov momentum alone', { ...plain, nesterov: true }, [0, 0, 0]],
  ] as const)("follows tfjs's own gradients: %s", async (_, options, counts) => {
    const batches = counts.map((count, step) => given(step, count));
    const { state, results } = await train(options, batches);
    const expected = tfjsTraining(options, batches);
    results.forEach(({ loss, correctCount }, i) => {
      expect(Math.abs(loss - (expected.results[i] as BatchResult).loss)).toBeLessThan(1e-5);
      expect(correctCount).toBe((expected.results[i] as BatchResult).correctCount);
    });
    // Sums of up to 5 * 16 terms in another order: sqrt(80) * 2^-24 = 5e-7 of their size, through three steps.
    expectClose(state.weights, await expected.weights, 2e-5);
  });

  it('agrees with finite differences of the loss at the last layer, which images and latents train', async () => {
    const start = startState();
    const step = await engine.compileTrainStep(graph, { ...weighted, momentum: 0, weightDecay: 0, nesterov: false });
    const batch = given(0, 3);
    const lossAt = async (weights: Weights) => {
      step.setState({ weights, momenta: start.momenta });
      await step.run({ ...batch, learningRate: 1 });
      return ((await step.results())[0] as BatchResult).loss;
    };
    await lossAt(start.weights);
    const { momenta } = await step.getState();
    for (const name of [headKernel, headBias]) {
      const gradient = momenta.get(name) as Float32Array;
      const norm = Math.hypot(...gradient);
      const reach = 0.02 / norm;
      const moved = (sign: number) =>
        new Map(start.weights).set(
          name,
          (start.weights.get(name) as Float32Array).map((w, i) => w + sign * reach * (gradient[i] as number)),
        );
      const slope = ((await lossAt(moved(1))) - (await lossAt(moved(-1)))) / (2 * reach);
      // Cross-entropy of a linear layer is smooth: the cubic term at this reach, and rounding 2^-23 * loss / 0.02.
      expect(Math.abs(slope / (norm * norm) - 1), name).toBeLessThan(2e-3 + 1e-5 / norm);
    }
    await step.dispose();
  });

  it('sends no gradient of a latent to the layers before the last', async () => {
    const noUpdate = { ...joined, momentum: 0, weightDecay: 0 };
    const gradientsWith = async (latents: LatentBatch) =>
      (await train(noUpdate, [{ ...given(0, 0), latents }])).state.momenta;
    const [alone, one, other] = [
      await gradientsWith(given(0, 0).latents),
      await gradientsWith(given(1, 4).latents),
      await gradientsWith(given(2, 4).latents),
    ];
    for (const [name, gradient] of alone) {
      if (name.startsWith('classifier/')) {
        expect(one.get(name), name).not.toEqual(other.get(name));
        continue;
      }
      // Which latents there are changes no bit, and their number only the share of an image: 1/5 becomes 1/9.
      expect(one.get(name), name).toEqual(other.get(name));
      const images = gradient.map((value) => (value * batchSize) / (batchSize + 4));
      expectClose(new Map([[name, one.get(name) as Float32Array]]), new Map([[name, images]]), 1e-5);
    }
  });

  it('lets rows that no latent fills count nothing, whatever lay there before', async () => {
    const batch = given(0, 2);
    const step = await engine.compileTrainStep(graph, joined);
    const run = async (before: readonly Given[]) => {
      step.setState(startState());
      for (const { inputs, labels, latents } of before) await step.run({ inputs, labels, learningRate: 0, latents });
      step.setState(startState());
      await step.run({ ...batch, learningRate });
      const { loss, correctCount } = (await step.results())[0] as BatchResult;
      return { loss, correctCount, weights: (await step.getState()).weights };
    };
    const huge = { data: new Float32Array(4 * d).fill(1e30), labels: new Uint32Array(4) };
    const clean = await run([]);
    expect(await run([{ ...given(5, 0), latents: huge }])).toEqual(clean);
    await step.dispose();
    const exact = await train({ ...plain, latentBatchSize: 2 }, [batch]);
    expect(Math.abs((exact.results[0] as BatchResult).loss - clean.loss)).toBeLessThan(1e-6);
    expectClose(clean.weights, exact.state.weights, 1e-6);
  });

  it('is the graph of the plain step where nothing is asked for', () => {
    const bytes = trainModel(graph, plain);
    expect(trainModel(graph, { ...plain, latentBatchSize: 0, nesterov: false, labelSmoothing: 0 })).toEqual(bytes);
    expect(trainModel(graph, joined)).not.toEqual(bytes);
  });

  it('does not update where the loss is not finite', async () => {
    const batch = given(0, 2);
    const good = await train(joined, []);
    const bad = await train(joined, [{ ...batch, inputs: batch.inputs.map(() => Number.NaN) }]);
    expect((bad.results[0] as BatchResult).loss).toBeNaN();
    expect(bad.state).toEqual(good.state);
  });

  it('refuses latents and options that do not fit', async () => {
    const step = await engine.compileTrainStep(graph, joined);
    step.setState(startState());
    const good = { ...given(0, 4), learningRate };
    await expect(step.run({ ...good, latents: given(0, 5).latents })).rejects.toThrow(/got 5 latents.*at most 4/);
    await expect(
      step.run({ ...good, latents: { data: new Float32Array(3), labels: new Uint32Array(1) } }),
    ).rejects.toThrow(/1 latents with 3 values, expected at most 4 with 6 values each/);
    await expect(
      step.run({ ...good, latents: { ...good.latents, labels: Uint32Array.of(0, 1, 2, 3) } }),
    ).rejects.toThrow(/label 3 at latent 3, expected below 3/);
    await step.run(good);
    await step.dispose();
    const without = await engine.compileTrainStep(graph, plain);
    without.setState(startState());
    await expect(without.run(good)).rejects.toThrow(InvalidInputError);
    await without.dispose();
    for (const wrong of [
      { latentBatchSize: -1 },
      { latentBatchSize: 1.5 },
      { labelSmoothing: 1 },
      { labelSmoothing: Number.NaN },
      { classWeights: Float32Array.of(1, 1) },
      { classWeights: Float32Array.of(1, -1, 1) },
      { classWeights: Float32Array.of(1, Number.POSITIVE_INFINITY, 1) },
    ]) {
      await expect(engine.compileTrainStep(graph, { ...plain, ...wrong }), JSON.stringify(wrong)).rejects.toThrow(
        InvalidOptionError,
      );
    }
  });
});

describe('a forward pass whose weights change', () => {
  it('gives what one with fixed weights gives, set after set', async () => {
    const { inputs } = given(0, 0);
    const forward = await engine.compileReweightableForward(graph, batchSize);
    await expect(forward.run(inputs, batchSize)).rejects.toThrow(/before setWeights/);
    expect(() => forward.setWeights(new Map())).toThrow(InvalidInputError);
    const sets = [startState().weights, (await train(plain, [given(0, 0), given(1, 0)])).state.weights];
    const logits: Float32Array[] = [];
    for (const weights of sets) {
      forward.setWeights(weights);
      const fixed = await engine.compileForward(graph, weights, batchSize);
      const [a, b] = [await forward.run(inputs, batchSize), await fixed.run(inputs, batchSize)];
      expectClose(new Map([['logits', a.logits]]), new Map([['logits', b.logits]]), 1e-5);
      expectClose(new Map([['latents', a.latents]]), new Map([['latents', b.latents]]), 1e-5);
      logits.push(a.logits);
      await fixed.dispose();
    }
    expect(logits[0]).not.toEqual(logits[1]);
    await forward.dispose();
    await expect(forward.run(inputs, batchSize)).rejects.toThrow(/after dispose/);
  });
});

/** The same training by tfjs's automatic differentiation: the loss is the weighted mean over images and latents. */
function tfjsTraining(
  options: TrainStepOptions,
  batches: readonly Given[],
): { results: BatchResult[]; weights: Promise<Weights> } {
  writeWeights(model, startState().weights);
  const { classWeights = new Float32Array(classCount).fill(1), labelSmoothing = 0, nesterov = false } = options;
  const momenta = new Map<string, tf.Tensor>();
  const variableOf = (name: string) =>
    (model.weights.find((weight) => weight.originalName === name) as unknown as { val: tf.Variable }).val;
  const beforeHead = tf.model({ inputs: model.inputs, outputs: (model.getLayer('latent') as tf.layers.Layer).output });
  const results = batches.map(({ inputs, labels, latents }) => {
    const all = [...labels, ...latents.labels];
    const x = tf.tensor(inputs, [batchSize, 4, 4, 2]);
    const target = tf
      .oneHot(tf.tensor1d(all, 'int32'), classCount)
      .mul(1 - labelSmoothing)
      .add(labelSmoothing / classCount);
    const rowWeights = tf.tensor1d(all.map((label) => classWeights[label] as number));
    let logits = tf.zeros([all.length, classCount]);
    const { value, grads } = tf.variableGrads(() => {
      const own = beforeHead.apply(x, { training: true }) as tf.Tensor;
      const rows =
        latents.labels.length === 0 ? own : tf.concat([own, tf.tensor(latents.data, [latents.labels.length, d])], 0);
      const z = tf.matMul(rows as tf.Tensor2D, variableOf(headKernel) as tf.Tensor2D).add(variableOf(headBias));
      logits = tf.keep(z as tf.Tensor2D);
      const loss = target.mul(tf.logSoftmax(z)).sum(1).neg();
      return loss.mul(rowWeights).sum().div(rowWeights.sum()) as tf.Scalar;
    });
    for (const weight of model.trainableWeights) {
      const variable = (weight as unknown as { val: tf.Variable }).val;
      let gradient = grads[variable.name] as tf.Tensor;
      if (weight.originalName.endsWith('/kernel')) gradient = gradient.add(variable.mul(options.weightDecay));
      const momentum = (momenta.get(variable.name) ?? tf.zerosLike(gradient)).mul(options.momentum).add(gradient);
      momenta.set(variable.name, momentum);
      const direction = nesterov ? gradient.add(momentum.mul(options.momentum)) : momentum;
      variable.assign(variable.sub(direction.mul(learningRate)));
    }
    const best = logits.argMax(1).dataSync();
    return {
      loss: value.dataSync()[0] as number,
      correctCount: all.filter((label, row) => best[row] === label).length,
    };
  });
  return { results, weights: readWeights(model) };
}
