import type { Array as JaxArray } from '@jax-js/jax';
import { PeerFailure } from '../worker/peer-failure.ts';
import type { ConvolutionTask } from '../worker/protocol.ts';
import { type Opened, serve } from '../worker/serve.ts';
import { readFloats } from '../worker/task-files.ts';
import { adapterDevice, deviceDone } from './adapter-device.ts';
import { openKernel } from './jax-js-kernels.ts';
import { openTrainingStep } from './jax-js-step.ts';
import { toChannelsFirst, toChannelsLast, toOutFirst, toOutLast } from './layouts.ts';
import { type Jax, loadJax } from './load-jax.ts';
import { nearestKernelTask } from './nearest-kernel-task.ts';
import { packageVersion } from './package-version.ts';

async function openConvolution(jax: Jax, device: GPUDevice, task: ConvolutionTask): Promise<Omit<Opened, 'about'>> {
  const { batch, size, inChannels, outChannels, folder, pass } = task;
  const { numpy: np, lax } = jax;
  const inputShape = [batch, size, size, inChannels];
  const filterShape = [3, 3, inChannels, outChannels];
  const outputShape = [batch, size, size, outChannels];
  const array = (values: Float32Array, shape: number[]) => np.array(values as Float32Array<ArrayBuffer>, { shape });
  const x = array(toChannelsFirst(await readFloats(folder, 'input.f32'), inputShape), [batch, inChannels, size, size]);
  const w = array(toOutFirst(await readFloats(folder, 'filter.f32'), filterShape), [outChannels, inChannels, 3, 3]);
  const dy = array(toChannelsFirst(await readFloats(folder, 'outputGradient.f32'), outputShape), [
    batch,
    outChannels,
    size,
    size,
  ]);
  const conv = (a: JaxArray, b: JaxArray) => lax.conv(a, b, [1, 1], 'SAME');
  // Gradients as its users get them: the transposed linear map, compiled; what the forward pass gives is not used.
  const byInput = jax.jit((a: JaxArray, b: JaxArray, g: JaxArray) => {
    const [, backward] = jax.vjp((value: JaxArray) => conv(value, b), [a]);
    return backward(g)[0];
  });
  const byFilter = jax.jit((a: JaxArray, b: JaxArray, g: JaxArray) => {
    const [, backward] = jax.vjp((value: JaxArray) => conv(a, value), [b]);
    return backward(g)[0];
  });
  const forward = jax.jit(conv);
  const run = (): JaxArray => {
    if (pass === 'forward') return forward(x.ref, w.ref);
    return (pass === 'input gradient' ? byInput : byFilter)(x.ref, w.ref, dy.ref);
  };
  return {
    async check() {
      const values = (await run().data()) as Float32Array;
      if (pass === 'filter gradient') return toOutLast(values, [outChannels, inChannels, 3, 3]);
      return toChannelsLast(values, [batch, pass === 'forward' ? outChannels : inChannels, size, size]);
    },
    async run(repeats) {
      for (let i = 0; i < repeats; i++) {
        const result = run();
        await result.blockUntilReady();
        result.dispose();
      }
      await deviceDone(device);
    },
    async close() {
      for (const one of [x, w, dy]) one.dispose();
    },
  };
}

await serve(async (task): Promise<Opened> => {
  const { device, adapter } = await adapterDevice(task);
  const jax = await loadJax(device);
  const open = () => {
    if (task.kind === 'convolution') return openConvolution(jax, device, task);
    if (task.kind === 'training-step') return openTrainingStep(jax, device, task);
    if (task.kind === 'kernel') return openKernel(jax, device, task);
    if (task.kind === 'nearest') return openKernel(jax, device, nearestKernelTask(task));
    throw new PeerFailure('unsupported', `not asked to do a ${task.kind}`);
  };
  return {
    ...(await open()),
    about: () => ({
      versions: { '@jax-js/jax': packageVersion('@jax-js/jax'), webgpu: adapter.implementationVersion },
      device: adapter.name,
      wgsl: {},
    }),
  };
});
