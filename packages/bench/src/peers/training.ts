import {
  classifierHeadGraph,
  createBackbone,
  type ModelGraph,
  modelToGraph,
  type TrainingEngine,
  type TrainStep,
  type Weights,
  zeroMomenta,
} from '@csx/core';
import type { HeadTask, TrainingStepTask } from '../worker/protocol.ts';
import type { Opened } from '../worker/serve.ts';
import { readFloats, readWords } from '../worker/task-files.ts';

/** The network of a task, as its TensorFlow.js model. */
export function modelOf({ backbone, graph }: TrainingStepTask) {
  const { name, width, imageSize } = backbone;
  const classCount = graph.shapes[graph.logits][0];
  return createBackbone({ name, width, classCount, inputShape: [imageSize, imageSize, 3] });
}

/** The same as a graph. */
export function graphOf(task: TrainingStepTask): ModelGraph {
  const model = modelOf(task);
  const graph = modelToGraph(model);
  model.dispose();
  return graph;
}

/** The weights of a task by name. */
export async function readTaskWeights({ folder, graph }: TrainingStepTask | HeadTask): Promise<Weights> {
  const flat = await readFloats(folder, 'weights.f32');
  const weights = new Map<string, Float32Array>();
  let at = 0;
  for (const { name, shape } of graph.parameters) {
    const length = shape.reduce((product, size) => product * size, 1);
    weights.set(name, flat.slice(at, at + length));
    at += length;
  }
  return weights;
}

const losses = async (step: TrainStep) => (await step.results()).map(({ loss }) => loss);

/** A training step by one of our engines. */
export async function openTrainingStep(engine: TrainingEngine, task: TrainingStepTask): Promise<Omit<Opened, 'about'>> {
  const { batchSize, momentum, weightDecay } = task;
  const graph = graphOf(task);
  const step = await engine.compileTrainStep(graph, { batchSize, momentum, weightDecay });
  const state = { weights: await readTaskWeights(task), momenta: zeroMomenta(graph) };
  const batch = {
    inputs: await readFloats(task.folder, 'inputs.f32'),
    labels: await readWords(task.folder, 'labels.u32'),
    learningRate: task.learningRate,
  };
  const run = async (count: number) => {
    for (let i = 0; i < count; i++) await step.run(batch);
    return losses(step);
  };
  return {
    async check() {
      step.setState(state);
      return Float32Array.from(await run(task.checkSteps));
    },
    run: async (repeats) => void (await run(repeats)),
    close: () => step.dispose(),
  };
}

/** Epochs of the head by one of our engines, as a run has them trained. */
export async function openHead(engine: TrainingEngine, task: HeadTask): Promise<Omit<Opened, 'about'>> {
  const { batchSize, classCount, d, epochs, folder, learningRate, momentum, n, weightDecay } = task;
  const head = await engine.compileHead({ d, classCount, batchSize, momentum, weightDecay });
  const start = { weights: await readTaskWeights(task), momenta: zeroMomenta(classifierHeadGraph(d, classCount)) };
  const latents = { data: await readFloats(folder, 'latents.f32'), n, d };
  await head.setLatents([{ latents, labels: await readWords(folder, 'labels.u32') }]);
  const orders = await readWords(folder, 'orders.u32');

  const run = async () => {
    const means: number[] = [];
    for (let epoch = 0; epoch < epochs; epoch++) {
      const order = orders.subarray(epoch * n, (epoch + 1) * n);
      const results = await head.trainEpoch({ order, learningRate });
      means.push(results.reduce((sum, { loss }) => sum + loss, 0) / results.length);
    }
    return means;
  };
  return {
    async check() {
      head.setState(start);
      return Float32Array.from(await run());
    },
    async run(repeats) {
      for (let i = 0; i < repeats; i++) await run();
    },
    close: () => head.dispose(),
  };
}
