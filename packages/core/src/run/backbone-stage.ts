import { NumericError } from '@csx/wgsl-kernels';
import { modelToGraph } from '../backbone/model-to-graph.ts';
import { type Backbone, createBackbone } from '../backbone/networks.ts';
import { initialWeights, zeroMomenta } from '../backbone/weights.ts';
import type { Split } from '../data/image-set.ts';
import { writeChannelsLast } from '../data/standardize.ts';
import { permutation } from '../random/permutation.ts';
import { createStream } from '../random/stream.ts';
import type { TrainState, TrainStep } from '../training/engine.ts';
import type { ModelGraph } from '../training/graph/model-graph.ts';
import { oneCycleRate } from './one-cycle.ts';
import type { RunContext } from './run-context.ts';
import { float64Array, readTrainState, requiredArray, writeTrainState } from './train-state-npz.ts';

/** One epoch of a training, for records. */
export interface EpochRecord {
  readonly loss: number;
  readonly accuracy: number;
  /** Of the epoch's last step. */
  readonly learningRate: number;
}

export interface TrainedBackbone {
  readonly model: Backbone;
  readonly graph: ModelGraph;
  readonly state: TrainState;
  readonly epochs: readonly EpochRecord[];
  /** Training steps of one epoch, and the images of each. */
  readonly stepsPerEpoch: number;
  readonly batchSize: number;
  readonly trainingMs: number;
}

/** Time between two looks at the losses, which on a GPU wait for all that is queued. */
const lookIntervalMs = 500;

export const backboneCheckpoint = 'checkpoint/backbone.npz';

/**
 * Trains the network on the images, from the last checkpoint if there is one. The rows of an epoch are a
 * permutation keyed by seed and epoch; rows that do not fill the last batch are left out of that epoch.
 * @param table of `standardizationTable`
 */
export async function trainBackbone(context: RunContext, split: Split, table: Float32Array): Promise<TrainedBackbone> {
  const { config, dataset, engine, emit } = context;
  const images = dataset.train;
  const model = createBackbone({
    name: config.backbone.name,
    width: config.backbone.width,
    classCount: dataset.classNames.length,
    inputShape: [images.height, images.width, images.channels],
  });
  const graph = modelToGraph(model);
  const { seed, backbone } = config;
  const batchSize = Math.min(backbone.batchSize, split.train.length);
  const stepsPerEpoch = Math.floor(split.train.length / batchSize);
  const fixed = { model, graph, stepsPerEpoch, batchSize };

  const saved = await loadCheckpoint(context, graph);
  const epochs = [...(saved?.epochs ?? [])];
  let state = saved?.state ?? {
    weights: initialWeights(graph, (index) => createStream(seed, 'initialWeights', index)),
    momenta: zeroMomenta(graph),
  };
  let trainingMs = saved?.trainingMs ?? 0;
  if (epochs.length >= backbone.epochs) return { ...fixed, state, epochs, trainingMs };

  emit({
    kind: 'stage',
    stage: 'backbone',
    message: `training ${model.name} on ${split.train.length} images of ${dataset.name}`,
  });
  const step = await engine.compileTrainStep(graph, {
    batchSize,
    momentum: backbone.momentum,
    weightDecay: backbone.weightDecay,
  });
  try {
    step.setState(state);
    while (epochs.length < backbone.epochs) {
      const start = performance.now();
      epochs.push(await trainEpoch(context, step, { images, split, table, epoch: epochs.length, stepsPerEpoch }));
      state = await step.getState();
      trainingMs += performance.now() - start;
      await saveCheckpoint(context, graph, { state, epochs, trainingMs });
    }
  } finally {
    await step.dispose();
  }
  return { ...fixed, state, epochs, trainingMs };
}

interface Epoch {
  readonly images: RunContext['dataset']['train'];
  readonly split: Split;
  readonly table: Float32Array;
  readonly epoch: number;
  readonly stepsPerEpoch: number;
}

async function trainEpoch(
  context: RunContext,
  step: TrainStep,
  { images, split, table, epoch, stepsPerEpoch }: Epoch,
): Promise<EpochRecord> {
  const { config, emit, signal } = context;
  const { seed, backbone } = config;
  const { batchSize } = step;
  const order = permutation(split.train.length, createStream(seed, 'epochOrder', epoch));
  const flipStream = createStream(seed, 'flip', epoch);
  const stepCount = backbone.epochs * stepsPerEpoch;
  const inputs = new Float32Array(batchSize * images.height * images.width * images.channels);
  const labels = new Uint8Array(batchSize);
  const rows = new Uint32Array(batchSize);
  const flips = new Uint8Array(batchSize);
  let lossSum = 0;
  let correctCount = 0;
  let doneCount = 0;
  let lastLook = performance.now();
  let learningRate = 0;
  for (let i = 0; i < stepsPerEpoch; i++) {
    signal?.throwIfAborted();
    for (let b = 0; b < batchSize; b++) {
      const row = split.train[order[i * batchSize + b]];
      rows[b] = row;
      labels[b] = images.labels[row];
      flips[b] = backbone.flip ? flipStream.uint32() & 1 : 0;
    }
    writeChannelsLast({ images, rows, table, flips }, inputs);
    learningRate = oneCycleRate(epoch * stepsPerEpoch + i, stepCount, backbone.peakLearningRate);
    await step.run({ inputs, labels, learningRate });
    if (performance.now() - lastLook < lookIntervalMs && i + 1 < stepsPerEpoch) continue;
    lastLook = performance.now();
    for (const { loss, correctCount: correct } of await step.results()) {
      if (!Number.isFinite(loss)) {
        throw new NumericError(`backbone: the loss is ${loss} in epoch ${epoch + 1}, step ${doneCount + 1}`, {
          hint: 'lower --peak-learning-rate',
        });
      }
      lossSum += loss;
      correctCount += correct;
      doneCount++;
    }
    emit({
      kind: 'progress',
      stage: 'backbone',
      done: epoch * stepsPerEpoch + i + 1,
      total: stepCount,
      unit: 'steps',
      detail: `epoch ${epoch + 1}/${backbone.epochs}, loss ${(lossSum / (i + 1)).toFixed(3)}`,
    });
  }
  return { loss: lossSum / stepsPerEpoch, accuracy: correctCount / (stepsPerEpoch * batchSize), learningRate };
}

interface BackboneCheckpoint {
  readonly state: TrainState;
  readonly epochs: readonly EpochRecord[];
  readonly trainingMs: number;
}

async function saveCheckpoint(
  context: RunContext,
  graph: ModelGraph,
  { state, epochs, trainingMs }: BackboneCheckpoint,
): Promise<void> {
  const bytes = writeTrainState(graph, state, {
    loss: float64Array(epochs.map((epoch) => epoch.loss)),
    accuracy: float64Array(epochs.map((epoch) => epoch.accuracy)),
    learningRate: float64Array(epochs.map((epoch) => epoch.learningRate)),
    trainingMs: float64Array([trainingMs]),
  });
  await context.files.write(backboneCheckpoint, bytes);
}

async function loadCheckpoint(context: RunContext, graph: ModelGraph): Promise<BackboneCheckpoint | undefined> {
  const bytes = await context.files.read(backboneCheckpoint);
  if (bytes === undefined) return undefined;
  const { state, arrays } = readTrainState(graph, bytes, backboneCheckpoint);
  const take = (key: string) => requiredArray(arrays, key, backboneCheckpoint) as Float64Array;
  const [loss, accuracy, learningRate] = [take('loss'), take('accuracy'), take('learningRate')];
  const epochs = Array.from(loss, (value, i) => ({
    loss: value,
    accuracy: accuracy[i],
    learningRate: learningRate[i],
  }));
  return { state, epochs, trainingMs: take('trainingMs')[0] };
}
