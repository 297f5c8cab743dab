import { modelToGraph } from '../backbone/model-to-graph.ts';
import { createBackbone } from '../backbone/networks.ts';
import { quietTfjs } from '../backbone/quiet-tfjs.ts';
import { trainCountsOf } from '../data/split.ts';
import { headTrainingFlop } from '../method/cost.ts';
import { forwardFlop, trainFlop } from '../training/graph/flop.ts';
import { elementCount, shapeOf } from '../training/graph/model-graph.ts';
import type { RunConfig } from './config.ts';
import { headStepCount } from './head-training.ts';

/** What a run is going to cost, before it begins. */
export interface RunPlan {
  readonly trainImageCount: number;
  readonly parameterCount: number;
  /** Floating-point operations of all epochs on images. */
  readonly backboneFlop: number;
  /** Of projecting training, held-out and test images. */
  readonly projectionFlop: number;
  /** Of training the heads of all arms, if every class pair gets new latents in every iteration. */
  readonly headFlop: number;
}

/** The data set as far as a plan needs it. */
export interface PlannedData {
  readonly classNames: readonly string[];
  readonly inputShape: readonly [number, number, number];
  /** Test images of each class when the configuration does not say. */
  readonly testCount: number;
}

/** Counts the work of a run from its configuration alone. */
export function planRun(config: RunConfig, { classNames, inputShape, testCount }: PlannedData): RunPlan {
  const { backbone, data, head, method } = config;
  const classCount = classNames.length;
  quietTfjs();
  const model = createBackbone({ name: backbone.name, width: backbone.width, classCount, inputShape });
  const graph = modelToGraph(model);
  model.dispose();
  const trainImageCount = Array.from(trainCountsOf(classNames, data)).reduce((sum, count) => sum + count, 0);
  const batchSize = Math.min(backbone.batchSize, trainImageCount);
  const seenCount = backbone.epochs * Math.floor(trainImageCount / batchSize) * batchSize;
  const projectedCount = trainImageCount + classCount * (data.heldOutCount + (data.testCount ?? testCount));
  const latentSize = elementCount(shapeOf(graph, graph.latent));
  const minorCount = (method.minors ?? data.minorClasses).length;
  const newCount = minorCount * Math.round(method.newShare * data.minorCount);
  let headFlop = 0;
  for (const arm of method.arms) {
    for (let iteration = 1; iteration <= method.iterations; iteration++) {
      const rows = trainImageCount + (arm === 'none' ? 0 : iteration * newCount);
      const rowsAtOnce = Math.min(head.batchSize, trainImageCount);
      const steps = method.epochsPerIteration * headStepCount(rows, rowsAtOnce);
      headFlop += headTrainingFlop(steps * rowsAtOnce, steps, latentSize, classCount);
    }
  }
  return {
    trainImageCount,
    parameterCount: graph.parameters.reduce((sum, { shape }) => sum + elementCount(shape), 0),
    backboneFlop: seenCount * trainFlop(graph),
    projectionFlop: projectedCount * forwardFlop(graph),
    headFlop,
  };
}
