import { modelToGraph } from '../backbone/model-to-graph.ts';
import { type Backbone, createBackbone } from '../backbone/networks.ts';
import { initialWeights, zeroMomenta } from '../backbone/weights.ts';
import type { Split } from '../data/image-set.ts';
import { createStream } from '../random/stream.ts';
import type { TrainState } from '../training/engine.ts';
import type { ModelGraph } from '../training/graph/model-graph.ts';
import { augmentationOf, type EpochRecord, imageStepCount, trainImageEpoch } from './image-epoch.ts';
import { oneCycleRate } from './one-cycle.ts';
import type { RunContext } from './run-context.ts';
import {
  epochArrays,
  float64Array,
  readEpochs,
  readTrainState,
  requiredArray,
  writeTrainState,
} from './train-state-npz.ts';

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

export const backboneCheckpoint = 'checkpoint/backbone.npz';

/**
 * Trains the network on the images, from the last checkpoint if there is one.
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
  const stepsPerEpoch = imageStepCount(split.train.length, batchSize);
  const stepCount = backbone.epochs * stepsPerEpoch;
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
    augmentation: augmentationOf(config),
  });
  try {
    step.setState(state);
    while (epochs.length < backbone.epochs) {
      const start = performance.now();
      const epoch = epochs.length;
      const before = epoch * stepsPerEpoch;
      const trained = await trainImageEpoch(context, step, {
        images,
        rows: split.train,
        table,
        epoch,
        learningRate: (i) => oneCycleRate(before + i, stepCount, backbone.peakLearningRate),
        onLook: (done, loss) =>
          emit({
            kind: 'progress',
            stage: 'backbone',
            done: before + done,
            total: stepCount,
            unit: 'steps',
            detail: `epoch ${epoch + 1}/${backbone.epochs}, loss ${loss.toFixed(3)}`,
          }),
        name: 'backbone',
        rateFlag: '--peak-learning-rate',
      });
      epochs.push(trained);
      state = await step.getState();
      trainingMs += performance.now() - start;
      await saveCheckpoint(context, graph, { state, epochs, trainingMs });
    }
  } finally {
    await step.dispose();
  }
  return { ...fixed, state, epochs, trainingMs };
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
    ...epochArrays(epochs),
    trainingMs: float64Array([trainingMs]),
  });
  await context.checkpoint(backboneCheckpoint, bytes);
}

async function loadCheckpoint(context: RunContext, graph: ModelGraph): Promise<BackboneCheckpoint | undefined> {
  const bytes = await context.files.read(backboneCheckpoint);
  if (bytes === undefined) return undefined;
  const { state, arrays } = readTrainState(graph, bytes, backboneCheckpoint);
  const [trainingMs] = requiredArray(arrays, 'trainingMs', backboneCheckpoint) as Float64Array;
  return { state, epochs: readEpochs(arrays, backboneCheckpoint), trainingMs };
}
