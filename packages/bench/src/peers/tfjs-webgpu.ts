import { writeWeights } from '@csx/core';
import * as tf from '@tensorflow/tfjs';
import { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu';
import { PeerFailure } from '../worker/peer-failure.ts';
import type { ConvolutionTask, TrainingStepTask } from '../worker/protocol.ts';
import { type Opened, serve } from '../worker/serve.ts';
import { readFloats, readWords } from '../worker/task-files.ts';
import { adapterDevice, deviceDone } from './adapter-device.ts';
import { actAsBrowser } from './browser-globals.ts';
import { nearestKernelTask } from './nearest-kernel-task.ts';
import { packageVersion } from './package-version.ts';
import { openKernel } from './tfjs-kernels.ts';
import { modelOf, readTaskWeights } from './training.ts';

tf.env().set('PROD', true);

let backend: WebGPUBackend | undefined;

/** Makes TensorFlow.js compute on the adapter; it has no way to find one outside of a browser. */
async function useAdapter(device: GPUDevice): Promise<WebGPUBackend> {
  if (backend === undefined) {
    actAsBrowser(device);
    const created = new WebGPUBackend(device, device.adapterInfo);
    tf.registerBackend('webgpu', () => created);
    backend = created;
  }
  await tf.setBackend('webgpu');
  return backend;
}

/** Submits what is recorded, as its own reading of a tensor does, and resolves once it is done. */
async function submitted(webgpu: WebGPUBackend): Promise<void> {
  webgpu.ensureCommandEncoderReady();
  webgpu.endComputePassEncoder();
  webgpu.submitQueue();
  await deviceDone(webgpu.device);
}

/** A step as its users write one: automatic differentiation, then momentum SGD with weight decay on kernels. */
async function openTrainingStep(task: TrainingStepTask, webgpu: WebGPUBackend): Promise<Omit<Opened, 'about'>> {
  const { batchSize, learningRate, weightDecay, checkSteps } = task;
  const { imageSize } = task.backbone;
  const classCount = task.graph.shapes[task.graph.logits][0];
  const model = modelOf(task);
  const weights = await readTaskWeights(task);
  const inputs = await readFloats(task.folder, 'inputs.f32');
  const labels = Array.from(await readWords(task.folder, 'labels.u32'));
  const momenta = new Map<string, tf.Tensor>();

  async function step(): Promise<number> {
    const loss = tf.tidy(() => {
      const x = tf.tensor(inputs, [batchSize, imageSize, imageSize, 3]);
      const y = tf.oneHot(tf.tensor1d(labels, 'int32'), classCount);
      const { value, grads } = tf.variableGrads(
        () => tf.losses.softmaxCrossEntropy(y, model.apply(x, { training: true }) as tf.Tensor) as tf.Scalar,
      );
      for (const weight of model.trainableWeights) {
        const variable = (weight as unknown as { val: tf.Variable }).val;
        let gradient = grads[variable.name];
        if (weight.originalName.endsWith('/kernel')) gradient = gradient.add(variable.mul(weightDecay));
        const before = momenta.get(variable.name);
        const momentum = tf.keep(before === undefined ? gradient : before.mul(task.momentum).add(gradient));
        before?.dispose();
        momenta.set(variable.name, momentum);
        variable.assign(variable.sub(momentum.mul(learningRate)));
      }
      return value;
    });
    // The queue runs in order: once the loss can be read, the update is done, too.
    const [value] = await loss.data();
    loss.dispose();
    return value;
  }
  return {
    async check() {
      for (const momentum of momenta.values()) momentum.dispose();
      momenta.clear();
      writeWeights(model, weights);
      const losses: number[] = [];
      for (let i = 0; i < checkSteps; i++) losses.push(await step());
      return Float32Array.from(losses);
    },
    async run(repeats) {
      for (let i = 0; i < repeats; i++) await step();
      await deviceDone(webgpu.device);
    },
    async close() {
      for (const momentum of momenta.values()) momentum.dispose();
      model.dispose();
    },
  };
}

/** The kernels that its gradients run, by their names: `tf.grad` would compute the forward pass again. */
async function openConvolution(task: ConvolutionTask, webgpu: WebGPUBackend): Promise<Omit<Opened, 'about'>> {
  const { batch, size, inChannels, outChannels, folder } = task;
  const inputShape: [number, number, number, number] = [batch, size, size, inChannels];
  const filterShape: [number, number, number, number] = [3, 3, inChannels, outChannels];
  const x = tf.tensor4d(await readFloats(folder, 'input.f32'), inputShape);
  const filter = tf.tensor4d(await readFloats(folder, 'filter.f32'), filterShape);
  const dy = tf.tensor4d(await readFloats(folder, 'outputGradient.f32'), [batch, size, size, outChannels]);
  const attributes = { strides: 1, pad: 'same', dataFormat: 'NHWC', dimRoundingMode: undefined };
  const engine = tf.engine();
  const run = {
    forward: () => tf.conv2d(x, filter, 1, 'same'),
    'input gradient': () =>
      engine.runKernel('Conv2DBackpropInput', { dy, filter }, { ...attributes, inputShape } as never) as tf.Tensor,
    'filter gradient': () =>
      engine.runKernel('Conv2DBackpropFilter', { x, dy }, { ...attributes, filterShape } as never) as tf.Tensor,
  }[task.pass];
  return {
    async check() {
      const result = run();
      const values = (await result.data()) as Float32Array;
      result.dispose();
      return values;
    },
    async run(repeats) {
      for (let i = 0; i < repeats; i++) run().dispose();
      await submitted(webgpu);
    },
    async close() {
      tf.dispose([x, filter, dy]);
    },
  };
}

await serve(async (task): Promise<Opened> => {
  const { device, adapter } = await adapterDevice(task);
  const webgpu = await useAdapter(device);
  const open = async () => {
    if (task.kind === 'training-step') return openTrainingStep(task, webgpu);
    if (task.kind === 'convolution') return openConvolution(task, webgpu);
    if (task.kind === 'kernel') return openKernel(task, () => submitted(webgpu));
    if (task.kind === 'nearest') return openKernel(nearestKernelTask(task), () => submitted(webgpu));
    throw new PeerFailure('unsupported', `not asked to do a ${task.kind}`);
  };
  return {
    ...(await open()),
    about: () => ({
      versions: {
        '@tensorflow/tfjs': tf.version.tfjs,
        '@tensorflow/tfjs-backend-webgpu': packageVersion('@tensorflow/tfjs-backend-webgpu'),
        webgpu: adapter.implementationVersion,
      },
      device: adapter.name,
      wgsl: {},
    }),
  };
});
