import { InvalidInputError } from '@csx/wgsl-kernels';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  classCount,
  makeBatch,
  modelOfPools,
  relativeError,
  startState,
  tfjsTraining,
  train,
} from '../../../test/support/small-training.ts';
import { modelToGraph } from '../../backbone/model-to-graph.ts';
import { createBackbone } from '../../backbone/networks.ts';
import { readWeights, writeWeights } from '../../backbone/weights.ts';
import type { BatchResult, TrainingEngine } from '../engine.ts';
import { classifierHeadGraph, type ModelGraph } from '../graph/model-graph.ts';
import { createOnnxEngine } from './onnx-engine.ts';

const batchSize = 6;
const options = { batchSize, momentum: 0.9, weightDecay: 5e-3 };
const learningRate = 0.05;

/** Every kind of layer that the graph knows: stride 2, both poolings, a residual sum, a projection, 2 x 2 pixels at the end. */
function modelOfAllLayers(): tf.LayersModel {
  const { layers } = tf;
  const input = tf.input({ shape: [16, 16, 2], name: 'image' });
  const conv = (x: tf.SymbolicTensor, name: string, filters: number, kernelSize: number, strides: number, more = {}) =>
    layers.conv2d({ filters, kernelSize, strides, padding: 'same', name, ...more }).apply(x) as tf.SymbolicTensor;
  const norm = (x: tf.SymbolicTensor, name: string) =>
    layers.batchNormalization({ momentum: 0.9, epsilon: 1e-3, name }).apply(x) as tf.SymbolicTensor;
  let x = conv(input, 'a', 4, 3, 1, { activation: 'relu' });
  x = norm(x, 'a_norm');
  x = layers.averagePooling2d({ poolSize: 2, strides: 2, name: 'average' }).apply(x) as tf.SymbolicTensor;
  const main = norm(
    conv(
      layers
        .reLU({ name: 'b_relu' })
        .apply(norm(conv(x, 'b1', 20, 3, 2, { useBias: false }), 'b1_norm')) as tf.SymbolicTensor,
      'b2',
      5,
      3,
      1,
    ),
    'b2_norm',
  );
  const side = conv(x, 'side', 5, 1, 2, { useBias: false });
  x = layers
    .activation({ activation: 'relu', name: 'sum_relu' })
    .apply(layers.add({ name: 'sum' }).apply([main, side])) as tf.SymbolicTensor;
  x = layers.maxPooling2d({ poolSize: 2, strides: 2, name: 'max' }).apply(x) as tf.SymbolicTensor;
  x = conv(x, 'c', 6, 3, 1, { useBias: false });
  const flat = layers.flatten({ name: 'flat' }).apply(x) as tf.SymbolicTensor;
  const hidden = layers.dense({ units: 7, activation: 'relu', name: 'hidden' }).apply(flat) as tf.SymbolicTensor;
  const output = layers.dense({ units: classCount, name: 'classifier' }).apply(hidden) as tf.SymbolicTensor;
  return tf.model({ inputs: input, outputs: output });
}

let model: tf.LayersModel;
let graph: ModelGraph;
let native: TrainingEngine;

beforeAll(async () => {
  await tf.setBackend('cpu');
  model = modelOfAllLayers();
  graph = modelToGraph(model);
  native = await createOnnxEngine({ backend: 'native', threads: 2 });
});

describe('a training step', () => {
  it("follows tfjs's own gradients, running statistics and update", async () => {
    const steps = 3;
    const { state, losses } = await train(native, graph, options, steps, learningRate);
    const expected = await tfjsTraining(model, graph, options, steps, learningRate);
    losses.forEach((loss, i) => expect(Math.abs(loss - (expected.losses[i] as number))).toBeLessThan(1e-5));
    for (const [name, values] of expected.weights) {
      // f32 sums of up to 6 * 256 terms in another order differ by about sqrt(1536) * 2^-24 = 2.3e-6 of their size;
      // three steps through eight layers may grow that by some tens.
      expect(relativeError(state.weights.get(name), values), name).toBeLessThan(1e-4);
    }
  });

  it('agrees with finite differences of the loss', async () => {
    const engine = native;
    const start = startState(graph);
    const { inputs, labels } = makeBatch(graph, batchSize, 0);
    const step = await engine.compileTrainStep(graph, { batchSize, momentum: 0, weightDecay: 0 });
    const lossAt = async (weights: ReadonlyMap<string, Float32Array>) => {
      step.setState({ weights, momenta: start.momenta });
      await step.run({ inputs, labels, learningRate: 1 });
      return ((await step.results())[0] as BatchResult).loss;
    };
    await lossAt(start.weights);
    const gradients = (await step.getState()).momenta;
    for (const [name, gradient] of gradients) {
      // Along the gradient itself: a directional derivative of |g|^2, the least noise a tensor can give.
      const norm = Math.hypot(...gradient);
      if (norm < 1e-4) continue;
      const reach = 4e-3 / norm;
      const moved = (sign: number) =>
        new Map(start.weights).set(
          name,
          (start.weights.get(name) as Float32Array).map((w, i) => w + sign * reach * (gradient[i] as number)),
        );
      const slope = ((await lossAt(moved(1))) - (await lossAt(moved(-1)))) / (2 * reach);
      // Rounding: 2^-23 * loss / 4e-3 = 3e-5 of a slope of `norm`; curvature and ReLU kinks: a few per cent at this reach.
      expect(Math.abs(slope - norm * norm) / (norm * norm), name).toBeLessThan(0.05 + 3e-5 / norm);
    }
    await step.dispose();
  });

  it('gives the same bits with one thread and two', async () => {
    const vgg = modelToGraph(createBackbone({ name: 'vgg19', width: 0.125, classCount, inputShape: [32, 32, 3] }));
    const alone = await createOnnxEngine({ backend: 'native', threads: 1 });
    for (const network of [vgg, modelToGraph(modelOfPools('same'))]) {
      const one = await train(alone, network, options, 3, learningRate);
      const two = await train(native, network, options, 3, learningRate);
      expect(two.losses).toEqual(one.losses);
      for (const [name, values] of one.state.weights) expect(two.state.weights.get(name), name).toEqual(values);
    }
  });

  it('agrees with the wasm engine', async () => {
    const wasm = await createOnnxEngine({ backend: 'wasm', threads: 1 });
    expect(wasm.name).toContain('wasm');
    const a = await train(native, graph, options, 3, learningRate);
    const b = await train(wasm, graph, options, 3, learningRate);
    // The same operations with sums in another order: the bound of the comparison with tfjs.
    for (const [name, values] of a.state.weights)
      expect(relativeError(b.state.weights.get(name), values), name).toBeLessThan(1e-4);
  });

  it('learns: the loss of one repeated batch falls', async () => {
    const small = modelToGraph(createBackbone({ name: 'small', width: 0.5, classCount, inputShape: [32, 32, 3] }));
    const step = await native.compileTrainStep(small, { batchSize, momentum: 0.9, weightDecay: 0 });
    step.setState(startState(small));
    const { inputs, labels } = makeBatch(small, batchSize, 0);
    for (let i = 0; i < 31; i++) await step.run({ inputs, labels, learningRate });
    await step.run({ inputs, labels, learningRate: 0 });
    const results = await step.results();
    const [first, last] = [results[0] as BatchResult, results[31] as BatchResult];
    expect(last.loss).toBeLessThan(first.loss / 4);
    expect(last.correctCount).toBe(batchSize);
    await step.dispose();
  });

  it('refuses a batch of another size, a label out of range and missing weights', async () => {
    const step = await native.compileTrainStep(classifierHeadGraph(4, classCount), options);
    expect(() => step.setState({ weights: new Map(), momenta: new Map() })).toThrow(
      /classifier\/kernel have no values, expected 12/,
    );
    step.setState(startState(classifierHeadGraph(4, classCount)));
    const good = { inputs: new Float32Array(24), labels: new Uint8Array(batchSize), learningRate: 0.1 };
    await expect(step.run({ ...good, inputs: new Float32Array(5) })).rejects.toThrow(InvalidInputError);
    await expect(step.run({ ...good, labels: new Uint8Array(batchSize).fill(3) })).rejects.toThrow(
      /label 3 at row 0, expected below 3/,
    );
    await step.run(good);
    expect(await step.results()).toHaveLength(1);
    await step.dispose();
    await expect(step.run(good)).rejects.toThrow(/after dispose/);
  });
});

describe('a forward pass', () => {
  it('predicts what the LayersModel predicts with the trained weights, also for a short batch', async () => {
    const { state } = await train(native, graph, options, 2, learningRate);
    writeWeights(model, state.weights);
    for (const [name, values] of await readWeights(model)) expect(values, name).toEqual(state.weights.get(name));
    const { inputs } = makeBatch(graph, batchSize, 9);
    const forward = await native.compileForward(graph, state.weights, batchSize);
    const { logits, latents } = await forward.run(inputs, batchSize);
    const expected = (model.predict(tf.tensor(inputs, [batchSize, 16, 16, 2])) as tf.Tensor).dataSync() as Float32Array;
    expect(relativeError(logits, expected)).toBeLessThan(1e-5);
    expect(latents.length).toBe(batchSize * 7);
    const short = await forward.run(inputs.subarray(0, 2 * 512), 2);
    expect(short.logits).toEqual(logits.slice(0, 2 * classCount));
    await forward.dispose();
  });
});
