import * as tf from '@tensorflow/tfjs';
import { initialWeights, readWeights, writeWeights, zeroMomenta } from '../../src/backbone/weights.ts';
import { createStream } from '../../src/random/stream.ts';
import type {
  LatentBatch,
  TrainBatch,
  TrainingEngine,
  TrainState,
  TrainStepOptions,
  Weights,
} from '../../src/training/engine.ts';
import { elementCount, type ModelGraph, shapeOf } from '../../src/training/graph/model-graph.ts';

export const classCount = 3;

/** Every kind of layer that tfjs trains alike: stride 2, both poolings, a residual sum, a projection, biases and none. */
export function modelOfAllLayers(): tf.LayersModel {
  const { layers } = tf;
  const input = tf.input({ shape: [8, 8, 2], name: 'image' });
  const conv = (x: tf.SymbolicTensor, name: string, filters: number, kernelSize: number, strides: number, more = {}) =>
    layers.conv2d({ filters, kernelSize, strides, padding: 'same', name, ...more }).apply(x) as tf.SymbolicTensor;
  const norm = (x: tf.SymbolicTensor, name: string) =>
    layers.batchNormalization({ momentum: 0.9, epsilon: 1e-3, name }).apply(x) as tf.SymbolicTensor;
  const relu = (x: tf.SymbolicTensor, name: string) => layers.reLU({ name }).apply(x) as tf.SymbolicTensor;
  let x = norm(conv(input, 'a', 4, 3, 1, { activation: 'relu' }), 'a_norm');
  x = layers.averagePooling2d({ poolSize: 2, strides: 2, name: 'average' }).apply(x) as tf.SymbolicTensor;
  const inner = relu(norm(conv(x, 'b1', 12, 3, 2, { useBias: false }), 'b1_norm'), 'b_relu');
  const main = norm(conv(inner, 'b2', 5, 3, 1), 'b2_norm');
  const side = conv(x, 'side', 5, 1, 2, { useBias: false });
  x = relu(layers.add({ name: 'sum' }).apply([main, side]) as tf.SymbolicTensor, 'sum_relu');
  x = conv(x, 'c', 6, 3, 1, { useBias: false });
  // Read by a ReLU and by a sum: not to be computed along with the ReLU.
  const shared = norm(x, 'c_norm');
  x = layers.add({ name: 'skip' }).apply([relu(shared, 'c_relu'), shared]) as tf.SymbolicTensor;
  x = layers.maxPooling2d({ poolSize: 2, strides: 2, name: 'max' }).apply(x) as tf.SymbolicTensor;
  const flat = layers.flatten({ name: 'flat' }).apply(x) as tf.SymbolicTensor;
  const hidden = layers.dense({ units: 7, activation: 'relu', name: 'hidden' }).apply(flat) as tf.SymbolicTensor;
  const output = layers.dense({ units: classCount, name: 'classifier' }).apply(hidden) as tf.SymbolicTensor;
  return tf.model({ inputs: input, outputs: output });
}

/**
 * Poolings whose windows overlap, reach over the edge or leave gaps and pixels out.
 * @param averages padding of an average: tfjs's gradient of `same` is not the slope of its own average
 */
export function modelOfPools(averages: 'same' | 'valid'): tf.LayersModel {
  const { layers } = tf;
  const conv = (filters: number, name: string) =>
    layers.conv2d({ filters, kernelSize: 3, padding: 'same', name, activation: 'relu' });
  return tf.sequential({
    layers: [
      layers.inputLayer({ inputShape: [14, 13, 2] }),
      conv(4, 'a'),
      layers.batchNormalization({ momentum: 0.9, epsilon: 1e-3, name: 'a_norm' }),
      layers.maxPooling2d({ poolSize: 3, strides: 2, padding: 'same', name: 'stem' }),
      conv(6, 'b'),
      layers.averagePooling2d({ poolSize: 3, strides: 2, padding: averages, name: 'average' }),
      conv(5, 'c'),
      layers.maxPooling2d({ poolSize: 2, strides: 1, padding: 'valid', name: 'dense_windows' }),
      layers.averagePooling2d({ poolSize: 1, strides: 2, padding: 'same', name: 'gaps' }),
      layers.flatten({ name: 'flat' }),
      layers.dense({ units: classCount, name: 'classifier' }),
    ],
  });
}

/** Batch number `step`: values in [-1, 1), labels in turn. */
export function makeBatch(graph: ModelGraph, batchSize: number, step: number) {
  const stream = createStream(7, 'testData', step);
  const count = batchSize * elementCount(shapeOf(graph, graph.input));
  return {
    inputs: Float32Array.from({ length: count }, () => stream.uniform() * 2 - 1),
    labels: Uint8Array.from({ length: batchSize }, (_, i) => (i + step) % classCount),
  };
}

/** Latents of `d` values in [-1, 1). */
export function makeLatents(d: number, n: number, seed: number): LatentBatch {
  const stream = createStream(seed, 'testData', n);
  return {
    data: Float32Array.from({ length: n * d }, () => stream.uniform() * 2 - 1),
    labels: Uint32Array.from({ length: n }, () => stream.below(classCount)),
  };
}

export function startState(graph: ModelGraph): TrainState {
  return { weights: initialWeights(graph, (index) => createStream(3, 'testData', index)), momenta: zeroMomenta(graph) };
}

export interface Training {
  readonly state: TrainState;
  readonly losses: readonly number[];
  readonly correctCounts: readonly number[];
}

/** @param more what batches bring along besides inputs and labels */
export async function train(
  engine: TrainingEngine,
  graph: ModelGraph,
  options: TrainStepOptions,
  steps: number,
  learningRate: number,
  more: (step: number) => Partial<TrainBatch> = () => ({}),
  start: TrainState = startState(graph),
): Promise<Training> {
  const step = await engine.compileTrainStep(graph, options);
  step.setState(start);
  for (let i = 0; i < steps; i++)
    await step.run({ ...makeBatch(graph, options.batchSize, i), learningRate, ...more(i) });
  const results = await step.results();
  const state = await step.getState();
  await step.dispose();
  return {
    state,
    losses: results.map(({ loss }) => loss),
    correctCounts: results.map(({ correctCount }) => correctCount),
  };
}

/** The same training by tfjs's automatic differentiation: the loss is the weighted mean over images and latents. */
export async function tfjsTraining(
  model: tf.LayersModel,
  graph: ModelGraph,
  options: TrainStepOptions,
  steps: number,
  learningRate: number,
  given: { readonly more?: (step: number) => Partial<TrainBatch>; readonly start?: Weights } = {},
): Promise<Omit<Training, 'state'> & { readonly weights: Weights }> {
  const { more = () => ({}), start = startState(graph).weights } = given;
  const { batchSize, momentum, weightDecay, nesterov = false, labelSmoothing = 0 } = options;
  writeWeights(model, start);
  const last = model.layers.at(-1) as tf.layers.Layer;
  const toLatents = tf.model({ inputs: model.inputs, outputs: last.input as tf.SymbolicTensor });
  const momenta = new Map<string, tf.Tensor>();
  const losses: number[] = [];
  const correctCounts: number[] = [];
  for (let i = 0; i < steps; i++) {
    const batch: Omit<TrainBatch, 'learningRate'> = { ...makeBatch(graph, batchSize, i), ...more(i) };
    const { inputs, labels, latents } = batch;
    const all = [...labels, ...(latents?.labels ?? [])];
    const rowWeights = all.map((label) => options.classWeights?.[label] ?? 1);
    tf.tidy(() => {
      const x = tf.tensor(inputs as Float32Array, [batchSize, ...shapeOf(graph, graph.input)]);
      const own = tf.oneHot(tf.tensor1d(all, 'int32'), classCount);
      const target = own.mul(1 - labelSmoothing).add(labelSmoothing / classCount);
      let logits: tf.Tensor = target;
      const { value, grads } = tf.variableGrads(() => {
        const images = toLatents.apply(x, { training: true }) as tf.Tensor;
        const rows =
          latents === undefined
            ? [images]
            : [images, tf.tensor(latents.data, [latents.labels.length, images.shape[1] as number])];
        logits = tf.keep(last.apply(tf.concat(rows, 0)) as tf.Tensor);
        const loss = target.mul(tf.logSoftmax(logits)).sum(1).neg();
        return loss.mul(rowWeights).sum().div(tf.sum(rowWeights)) as tf.Scalar;
      });
      losses.push(value.dataSync()[0] as number);
      const best = logits.argMax(1).dataSync();
      correctCounts.push(all.filter((label, row) => best[row] === label).length);
      logits.dispose();
      for (const weight of model.trainableWeights) {
        const variable = (weight as unknown as { val: tf.Variable }).val;
        let gradient = grads[variable.name] as tf.Tensor;
        if (weight.originalName.endsWith('/kernel')) gradient = gradient.add(variable.mul(weightDecay));
        const next = (momenta.get(variable.name) ?? tf.zerosLike(gradient)).mul(momentum).add(gradient);
        momenta.get(variable.name)?.dispose();
        momenta.set(variable.name, tf.keep(next));
        const direction = nesterov ? gradient.add(next.mul(momentum)) : next;
        variable.assign(variable.sub(direction.mul(learningRate)));
      }
    });
  }
  tf.dispose([...momenta.values()]);
  return { losses, correctCounts, weights: await readWeights(model) };
}

/** Largest difference relative to the largest magnitude of the tensor. */
export function relativeError(actual: Float32Array | undefined, expected: Float32Array): number {
  if (actual?.length !== expected.length) return Number.POSITIVE_INFINITY;
  let scale = 1e-3;
  let worst = 0;
  expected.forEach((value, i) => {
    scale = Math.max(scale, Math.abs(value));
    worst = Math.max(worst, Math.abs(value - (actual[i] as number)));
  });
  return worst / scale;
}
