import { InvalidInputError, InvalidOptionError } from '@csx/wgsl-kernels';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  classCount,
  makeBatch,
  makeLatents,
  relativeError,
  startState,
  tfjsTraining,
  train,
} from '../../../test/support/small-training.ts';
import { modelToGraph } from '../../backbone/model-to-graph.ts';
import type { BatchResult, TrainBatch, TrainingEngine, TrainStepOptions, Weights } from '../engine.ts';
import { headBias, headKernel, type ModelGraph } from '../graph/model-graph.ts';
import { createOnnxEngine } from './onnx-engine.ts';
import { trainModel } from './train-model.ts';

const batchSize = 5;
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

const latentsOf = (step: number, count: number) => (count === 0 ? {} : { latents: makeLatents(d, count, step) });
const given = (step: number, count: number) => ({ ...makeBatch(graph, batchSize, step), ...latentsOf(step, count) });

function expectClose(actual: Weights, expected: Weights, bound: number): void {
  for (const [name, values] of expected) expect(relativeError(actual.get(name), values), name).toBeLessThan(bound);
}

describe('a training step with latents', () => {
  it.each([
    ['latents', joined, [4, 2, 0]],
    ['latents, class weights, smoothed labels and Nesterov momentum', weighted, [4, 2, 0]],
    ['class weights alone', { ...plain, classWeights: Float32Array.of(0.5, 2, 1) }, [0, 0, 0]],
    ['smoothed labels alone', { ...plain, labelSmoothing: 0.2 }, [0, 0, 0]],
    ['Nesterov momentum alone', { ...plain, nesterov: true }, [0, 0, 0]],
  ] as const)("follows tfjs's own gradients: %s", async (_, options, counts) => {
    const more = (step: number) => latentsOf(step, counts[step] as number);
    const { state, losses, correctCounts } = await train(engine, graph, options, counts.length, learningRate, more);
    const expected = await tfjsTraining(model, graph, options, counts.length, learningRate, { more });
    losses.forEach((loss, i) => expect(Math.abs(loss - (expected.losses[i] as number))).toBeLessThan(1e-5));
    expect(correctCounts).toEqual(expected.correctCounts);
    // Sums of up to 5 * 16 terms in another order: sqrt(80) * 2^-24 = 5e-7 of their size, through three steps.
    expectClose(state.weights, expected.weights, 2e-5);
  });

  it('agrees with finite differences of the loss at the last layer, which images and latents train', async () => {
    const start = startState(graph);
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
    const gradientsWith = async (latents: Partial<TrainBatch>) =>
      (await train(engine, graph, noUpdate, 1, learningRate, () => latents)).state.momenta;
    const [alone, one, other] = [
      await gradientsWith({}),
      await gradientsWith(latentsOf(1, 4)),
      await gradientsWith(latentsOf(2, 4)),
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
    const run = async (before: readonly Omit<TrainBatch, 'learningRate'>[]) => {
      step.setState(startState(graph));
      for (const earlier of before) await step.run({ ...earlier, learningRate: 0 });
      step.setState(startState(graph));
      await step.run({ ...batch, learningRate });
      const { loss, correctCount } = (await step.results())[0] as BatchResult;
      return { loss, correctCount, weights: (await step.getState()).weights };
    };
    const huge = { data: new Float32Array(4 * d).fill(1e30), labels: new Uint32Array(4) };
    const clean = await run([]);
    expect(await run([{ ...given(5, 0), latents: huge }])).toEqual(clean);
    await step.dispose();
    const exact = await train(engine, graph, { ...plain, latentBatchSize: 2 }, 1, learningRate, () => batch);
    expect(Math.abs((exact.losses[0] as number) - clean.loss)).toBeLessThan(1e-6);
    expectClose(clean.weights, exact.state.weights, 1e-6);
  });

  it('is the graph of the plain step where nothing is asked for', () => {
    const bytes = trainModel(graph, plain);
    expect(trainModel(graph, { ...plain, latentBatchSize: 0, nesterov: false, labelSmoothing: 0 })).toEqual(bytes);
    expect(trainModel(graph, joined)).not.toEqual(bytes);
  });

  it('does not update where the loss is not finite', async () => {
    const batch = given(0, 2);
    const good = await train(engine, graph, joined, 0, learningRate);
    const nan = { ...batch, inputs: batch.inputs.map(() => Number.NaN) };
    const bad = await train(engine, graph, joined, 1, learningRate, () => nan);
    expect(bad.losses[0]).toBeNaN();
    expect(bad.state).toEqual(good.state);
  });

  it('refuses latents and options that do not fit', async () => {
    const step = await engine.compileTrainStep(graph, joined);
    step.setState(startState(graph));
    const good = { ...makeBatch(graph, batchSize, 0), latents: makeLatents(d, 4, 0), learningRate };
    await expect(step.run({ ...good, ...latentsOf(0, 5) })).rejects.toThrow(/got 5 latents.*at most 4/);
    await expect(
      step.run({ ...good, latents: { data: new Float32Array(3), labels: new Uint32Array(1) } }),
    ).rejects.toThrow(/1 latents with 3 values, expected at most 4 with 6 values each/);
    await expect(
      step.run({ ...good, latents: { ...good.latents, labels: Uint32Array.of(0, 1, 2, 3) } }),
    ).rejects.toThrow(/label 3 at latent 3, expected below 3/);
    await step.run(good);
    await step.dispose();
    const without = await engine.compileTrainStep(graph, plain);
    without.setState(startState(graph));
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
    const sets = [startState(graph).weights, (await train(engine, graph, plain, 2, learningRate)).state.weights];
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
