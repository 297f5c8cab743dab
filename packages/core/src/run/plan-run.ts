import { modelToGraph } from '../backbone/model-to-graph.ts';
import { createBackbone } from '../backbone/networks.ts';
import { quietTfjs } from '../backbone/quiet-tfjs.ts';
import { makeSplit, trainCountsOf } from '../data/split.ts';
import { makesSamples } from '../method/arm-names.ts';
import { headTrainingFlop, jointTrainingFlop } from '../method/cost.ts';
import { forwardFlop, trainFlop } from '../training/graph/flop.ts';
import { elementCount, shapeOf } from '../training/graph/model-graph.ts';
import type { RunConfig } from './config.ts';
import { headStepCount } from './head-training.ts';
import { imageStepCount } from './image-epoch.ts';
import { sizesOf } from './pairing-stage.ts';

/** What a run is going to cost, before it begins. */
export interface RunPlan {
  readonly trainImageCount: number;
  readonly parameterCount: number;
  /** Floating-point operations of all epochs on images. */
  readonly backboneFlop: number;
  /** Of projecting training, held-out and test images. */
  readonly projectionFlop: number;
  /** Of training all arms, if every class pair gets new latents in every iteration. */
  readonly retrainingFlop: number;
}

/** The data set as far as a plan needs it. */
export interface PlannedData {
  readonly classNames: readonly string[];
  readonly inputShape: readonly [number, number, number];
  /** Images of each class to train on. */
  readonly trainCount: number;
  /** Images of each class to test on. */
  readonly testCount: number;
}

/**
 * Counts the work of a run from its configuration alone.
 * @throws InvalidOptionError, InvalidInputError where the run itself would refuse its options
 */
export function planRun(config: RunConfig, planned: PlannedData): RunPlan {
  const { classNames, inputShape, testCount } = planned;
  checkOptions(config, planned);
  const { backbone, data, head, method } = config;
  const classCount = classNames.length;
  quietTfjs();
  const model = createBackbone({ name: backbone.name, width: backbone.width, classCount, inputShape });
  const graph = modelToGraph(model);
  model.dispose();
  const classCounts = trainCountsOf(classNames, data);
  const trainImageCount = classCounts.reduce((sum, count) => sum + count, 0);
  const batchSize = Math.min(backbone.batchSize, trainImageCount);
  const epochImageCount = imageStepCount(trainImageCount, batchSize) * batchSize;
  const projectedCount = trainImageCount + classCount * (data.heldOutCount + (data.testCount ?? testCount));
  const latentSize = elementCount(shapeOf(graph, graph.latent));
  const newCount = (method.minors ?? data.minorClasses).reduce(
    (sum, name) => sum + Math.round(method.newShare * classCounts[classNames.indexOf(name)]),
    0,
  );
  let retrainingFlop = 0;
  for (const arm of method.arms) {
    for (let iteration = 1; iteration <= method.iterations; iteration++) {
      const latentCount = makesSamples(arm) ? iteration * newCount : 0;
      if (method.retraining === 'joint') {
        const seen = epochImageCount * method.epochsPerIteration;
        const latents = latentCount * method.epochsPerIteration;
        retrainingFlop += jointTrainingFlop(seen, trainFlop(graph), latents, latentSize, classCount);
        if (makesSamples(arm)) retrainingFlop += trainImageCount * forwardFlop(graph);
      } else {
        const rowsAtOnce = Math.min(head.batchSize, trainImageCount);
        const steps = method.epochsPerIteration * headStepCount(trainImageCount + latentCount, rowsAtOnce);
        retrainingFlop += headTrainingFlop(steps * rowsAtOnce, steps, latentSize, classCount);
      }
    }
  }
  return {
    trainImageCount,
    parameterCount: graph.parameters.reduce((sum, { shape }) => sum + elementCount(shape), 0),
    backboneFlop: backbone.epochs * epochImageCount * trainFlop(graph),
    projectionFlop: projectedCount * forwardFlop(graph),
    retrainingFlop,
  };
}

/** Splits a data set of such counts, as the run will. */
function checkOptions(config: RunConfig, { classNames, trainCount, testCount }: PlannedData): void {
  const labels = (count: number) =>
    Uint8Array.from({ length: classNames.length * count }, (_, i) => Math.floor(i / count));
  const split = makeSplit(
    { classNames, train: { labels: labels(trainCount) }, test: { labels: labels(testCount) } },
    {
      seed: config.seed,
      trainCounts: trainCountsOf(classNames, config.data),
      heldOutCount: config.data.heldOutCount,
      ...(config.data.testCount !== undefined && { testCount: config.data.testCount }),
    },
  );
  sizesOf({ config, dataset: { classNames } }, split.classCounts);
}
