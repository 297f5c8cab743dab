import type { TrainingStepTask } from '../worker/protocol.ts';
import type { Opened } from '../worker/serve.ts';
import { readFloats, readWords } from '../worker/task-files.ts';
import { parameterShape, parameterValues } from './layouts.ts';
import { momentumName, nextName, stepGraph } from './onnxruntime-step-graph.ts';
import { type Ort, type OrtTensor, openSession } from './ort.ts';
import { graphOf, readTaskWeights } from './training.ts';

/** A step on WebGPU; weights and momenta stay in buffers of the device from step to step. */
export async function openTrainingStep(ort: Ort, task: TrainingStepTask): Promise<Omit<Opened, 'about'>> {
  const { batchSize, learningRate, folder, threads } = task;
  const graph = graphOf(task);
  const trained = graph.parameters.filter(({ role }) => role !== 'statistic');
  const stateNames = [...graph.parameters.map(({ name }) => name), ...trained.map(({ name }) => momentumName(name))];
  const session = await openSession(ort, stepGraph(graph, task), 'webgpu', threads, {
    preferredOutputLocation: {
      loss: 'cpu',
      ...Object.fromEntries(stateNames.map((name) => [nextName(name), 'gpu-buffer'])),
    },
  });
  const tensor = (values: Float32Array, shape: readonly number[]) => new ort.Tensor('float32', values, shape);
  const inputShape = graph.shapes.get(graph.input) as readonly number[];
  const [classCount] = graph.shapes.get(graph.logits) as readonly number[];
  const inputs = await readFloats(folder, 'inputs.f32');
  const labels = new Float32Array(batchSize * classCount);
  for (const [row, label] of (await readWords(folder, 'labels.u32')).entries()) labels[row * classCount + label] = 1;
  const weights = await readTaskWeights(task);

  let state: Readonly<Record<string, OrtTensor>> = {};
  const replaceState = (next: Readonly<Record<string, OrtTensor>>) => {
    for (const one of Object.values(state)) one.dispose();
    state = next;
  };
  const restart = () => {
    const start: Record<string, OrtTensor> = {};
    for (const { name, shape } of graph.parameters) {
      const values = weights.get(name) as Float32Array;
      start[name] = tensor(parameterValues(values, shape), parameterShape(shape));
    }
    for (const { name, shape } of trained) {
      start[momentumName(name)] = tensor(new Float32Array(weights.get(name)?.length ?? 0), parameterShape(shape));
    }
    replaceState(start);
  };
  const step = async (): Promise<number> => {
    const outputs = await session.run({
      ...state,
      inputs: tensor(inputs, [batchSize, ...inputShape]),
      labels: tensor(labels, [batchSize, classCount]),
      learningRate: tensor(Float32Array.of(learningRate), []),
    });
    replaceState(Object.fromEntries(stateNames.map((name) => [name, outputs[nextName(name)]])));
    return (outputs.loss.data as Float32Array)[0];
  };
  return {
    async check() {
      restart();
      const losses: number[] = [];
      for (let i = 0; i < task.checkSteps; i++) losses.push(await step());
      return Float32Array.from(losses);
    },
    async run(repeats) {
      // Outputs for the host are copied behind the last node: once a loss is there, its update is done, too.
      for (let i = 0; i < repeats; i++) await step();
    },
    async close() {
      replaceState({});
      await session.release();
    },
  };
}
