import {
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

async function openStep(engine: TrainingEngine, graph: ModelGraph, task: TrainingStepTask | HeadTask) {
  const { batchSize, momentum, weightDecay } = task;
  const step = await engine.compileTrainStep(graph, { batchSize, momentum, weightDecay });
  const state = { weights: await readTaskWeights(task), momenta: zeroMomenta(graph) };
  return { step, restart: () => step.setState(state) };
}

const losses = async (step: TrainStep) => (await step.results()).map(({ loss }) => loss);

/** A training step by one of our engines. */
export async function openTrainingStep(engine: TrainingEngine, task: TrainingStepTask): Promise<Omit<Opened, 'about'>> {
  const { step, restart } = await openStep(engine, modelToGraph(modelOf(task)), task);
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
      restart();
      return Float32Array.from(await run(task.checkSteps));
    },
    run: async (repeats) => void (await run(repeats)),
    close: () => step.dispose(),
  };
}

/** Epochs of the head by one of our engines, gathered batch by batch as a run does. */
export async function openHead(
  engine: TrainingEngine,
  graph: ModelGraph,
  task: HeadTask,
): Promise<Omit<Opened, 'about'>> {
  const { batchSize, d, epochs, folder, learningRate, n } = task;
  const { step, restart } = await openStep(engine, graph, task);
  const latents = await readFloats(folder, 'latents.f32');
  const orders = await readWords(folder, 'orders.u32');
  const allLabels = await readWords(folder, 'labels.u32');
  const inputs = new Float32Array(batchSize * d);
  const labels = new Uint32Array(batchSize);

  async function trainEpoch(epoch: number): Promise<number> {
    const order = orders.subarray(epoch * n, (epoch + 1) * n);
    const stepCount = Math.floor(n / batchSize);
    for (let i = 0; i < stepCount; i++) {
      for (let b = 0; b < batchSize; b++) {
        const row = order[i * batchSize + b];
        inputs.set(latents.subarray(row * d, (row + 1) * d), b * d);
        labels[b] = allLabels[row];
      }
      await step.run({ inputs, labels, learningRate });
    }
    return (await losses(step)).reduce((sum, loss) => sum + loss, 0) / stepCount;
  }
  const run = async () => {
    const means: number[] = [];
    for (let epoch = 0; epoch < epochs; epoch++) means.push(await trainEpoch(epoch));
    return means;
  };
  return {
    async check() {
      restart();
      return Float32Array.from(await run());
    },
    async run(repeats) {
      for (let i = 0; i < repeats; i++) await run();
    },
    close: () => step.dispose(),
  };
}
