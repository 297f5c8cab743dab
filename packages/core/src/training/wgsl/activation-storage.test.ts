import { requestAdapter } from '@csx/core/host';
import { InvalidOptionError, type KernelDevice } from '@csx/wgsl-kernels';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, expect, it } from 'vitest';
import { makeBatch, modelOfAllLayers, startState, train } from '../../../test/support/small-training.ts';
import { modelToGraph } from '../../backbone/model-to-graph.ts';
import { createBackbone } from '../../backbone/networks.ts';
import { createStream } from '../../random/stream.ts';
import type { ModelGraph } from '../graph/model-graph.ts';
import { planBuffers } from './schedule.ts';
import { scheduleTraining } from './schedule-backward.ts';
import { createWgslEngine, type WgslEngine } from './wgsl-engine.ts';

const options = { batchSize: 6, momentum: 0.9, weightDecay: 5e-3 };
const learningRate = 0.01;

let host: KernelDevice;
let graph: ModelGraph;
beforeAll(async () => {
  await tf.setBackend('cpu');
  host = await requestAdapter({ kind: 'any' });
  graph = modelToGraph(modelOfAllLayers());
});

/** An engine of f16 activations. Undefined on a device without f16, after a check that it is refused there by name. */
function halfEngine(): WgslEngine | undefined {
  const make = () => createWgslEngine(host, { activationStorage: 'f16' });
  if (host.device.features.has('shader-f16')) return make();
  expect(make).toThrow(InvalidOptionError);
  expect(make).toThrow('training engine: storage f16 needs the device feature shader-f16, the device has ');
  return undefined;
}

it('is refused without the feature, and so is a storage that there is not', () => {
  const without = { ...host, device: { features: new Set(['subgroups']) } as unknown as GPUDevice };
  const make = () => createWgslEngine(without, { activationStorage: 'f16' });
  expect(make).toThrow(InvalidOptionError);
  expect(make).toThrow('storage f16 needs the device feature shader-f16, the device has subgroups');
  const odd = { activationStorage: 'f64' as 'f16' };
  expect(() => createWgslEngine(host, odd)).toThrow('activationStorage is f64, expected f32 or f16');
  createWgslEngine(host, { activationStorage: 'f32' }).dispose();
});

it('stores what the backward pass reads as f16, and all else as f32', () => {
  const { tensors, kernels } = scheduleTraining(graph, { ...options, latentBatchSize: 2 }, 'f16');
  const names = new Set(kernels.flatMap(({ reads, writes }) => [...reads, ...writes]));
  const halves = [...names].filter((name) => tensors.storage(name) === 'f16');
  const made = graph.ops.map(({ output }) => output);
  expect(halves.every((name) => made.includes(name))).toBe(true);
  expect(halves.length).toBeGreaterThan(12);
  for (const name of [graph.input, graph.latent, graph.logits]) expect(tensors.storage(name)).toBe('f32');
  // A flattened tensor is the tensor itself: f32, if it is the latents.
  const { layers } = tf;
  const flat = modelToGraph(
    tf.sequential({
      layers: [
        layers.conv2d({ inputShape: [4, 4, 2], filters: 3, kernelSize: 3, name: 'conv' }),
        layers.maxPooling2d({ poolSize: 2, name: 'pool' }),
        layers.flatten({ name: 'flat' }),
        layers.dense({ units: 3, name: 'classifier' }),
      ],
    }),
  );
  const flatTensors = scheduleTraining(flat, options, 'f16').tensors;
  const outputOf = (kind: string) => flat.ops.find((op) => op.kind === kind)?.output ?? '';
  expect(flatTensors.storage(outputOf('maxPool'))).toBe('f32');
  expect(flatTensors.storage(outputOf('conv2d'))).toBe('f16');
});

it('halves what is kept for the backward pass; the largest gradients stay as large', () => {
  const vgg19 = modelToGraph(createBackbone({ name: 'vgg19', width: 0.25, classCount: 10, inputShape: [32, 32, 3] }));
  const sum = (sizes: readonly number[]) => sizes.reduce((total, size) => total + size, 0);
  const sizesOf = (storage: 'f32' | 'f16') => {
    const schedule = scheduleTraining(vgg19, { ...options, batchSize: 128 }, storage);
    const { tensors } = schedule;
    // What convolutions, batch norms with their ReLUs, and all poolings but the last, the latents, leave.
    const kept = vgg19.ops
      .filter(({ kind }) => kind === 'conv2d' || kind === 'relu' || kind === 'maxPool')
      .slice(0, -1);
    return { kept: sum(kept.map(({ output }) => tensors.bytes(output))), all: sum(planBuffers(schedule).bytes) };
  };
  const [halves, full] = [sizesOf('f16'), sizesOf('f32')];
  expect(halves.kept).toBe(full.kept / 2);
  // Two gradients of the first layers are needed at a time, each twice as large as the activations beside it.
  expect(halves.all / full.all).toBeLessThan(0.6);
});

it('20 steps give the loss curve of f32 within what rounding may do to it', async () => {
  const engine = halfEngine();
  if (engine === undefined) return;
  const plain = createWgslEngine(host);
  // Records of runs name the engine.
  expect([engine.name, plain.name].map((name) => name.endsWith(', f16 activations)'))).toEqual([true, false]);
  const steps = 20;
  const { losses } = await train(engine, graph, options, steps, learningRate);
  const { losses: expected } = await train(plain, graph, options, steps, learningRate);
  // A value is stored twice between two layers with weights, behind the convolution and behind the batch norm, and moved by
  // at most 2^-10 of itself each time: no more than a change of the weights that read it by 2^-9. What this training makes of
  // such a change is measured; each of the steps so far may do as much.
  const stream = createStream(1, 'testData', 0);
  const start = startState(graph);
  const changed = new Map(
    [...start.weights].map(([name, values]) => [
      name,
      values.map((value) => value * (1 + (stream.below(2) === 0 ? 1 : -1) * 2 ** -9)),
    ]),
  );
  const moved = await train(plain, graph, options, steps, learningRate, () => ({}), { ...start, weights: changed });
  let growth = 0;
  for (let i = 0; i < steps; i++) {
    growth = Math.max(growth, Math.abs((moved.losses[i] as number) - (expected[i] as number)));
    const difference = Math.abs((losses[i] as number) - (expected[i] as number));
    expect(difference, `step ${i}`).toBeLessThan((i + 1) * growth);
    // The bound is wide, since roundings mostly cancel: seen were differences of up to 0.003.
    expect(difference, `step ${i}`).toBeLessThan(0.01);
  }
  // The curve falls by far more, and is not that of f32.
  expect(losses[steps - 1]).toBeLessThan((losses[0] as number) - 1);
  expect(losses).not.toEqual(expected);
  for (const each of [engine, plain]) each.dispose();
});

it('gives the same bits twice, and its memory back; with parts of batches and latents too', async () => {
  const engine = halfEngine();
  if (engine === undefined) return;
  const plain = createWgslEngine(host);
  const latents = () => ({
    latents: { data: Float32Array.from({ length: 28 }, (_, at) => (at % 7) / 7), labels: Uint32Array.of(0, 1, 2, 0) },
  });
  const all = { ...options, microBatches: 2, latentBatchSize: 4 };
  const first = await train(engine, graph, all, 3, learningRate, latents);
  expect(await train(engine, graph, all, 3, learningRate, latents)).toEqual(first);
  const { losses } = await train(plain, graph, all, 3, learningRate, latents);
  // As in the loss curve above.
  losses.forEach((loss, i) => expect(Math.abs(loss - (first.losses[i] as number))).toBeLessThan(5e-3));
  expect(engine.stats().liveBytes).toBe(0);
  for (const each of [engine, plain]) each.dispose();
});

it('values beyond 65504 make the loss not finite: the layer is named and nothing updated', async () => {
  const engine = halfEngine();
  if (engine === undefined) return;
  const plain = createWgslEngine(host);
  const batch = makeBatch(graph, options.batchSize, 0);
  const large = { ...batch, inputs: batch.inputs.map((value) => value * 1e6), learningRate };
  const start = startState(graph);
  const layers = [];
  for (const each of [engine, plain]) {
    const step = await each.compileTrainStep(graph, options);
    step.setState(start);
    await step.run(large);
    layers.push((await step.results())[0]?.nonFiniteLayer);
    const { weights } = await step.getState();
    if (each === engine) expect(weights).toEqual(start.weights);
    else expect(weights).not.toEqual(start.weights);
    await step.dispose();
    each.dispose();
  }
  // Control: f32 holds them, and the batch norm behind brings them back.
  expect(layers).toEqual(['a', undefined]);
});
