import { createGpuLatentOps, createWgslEngine } from '@csx/core';
import { type Opened, serve } from '../worker/serve.ts';
import { adapterDevice, dawnVersion, watchShaders } from './adapter-device.ts';
import { openConvolution } from './csx-convolution.ts';
import { openNearest } from './nearest.ts';
import { openHead, openTrainingStep } from './training.ts';

let watched: ReturnType<typeof watchShaders> | undefined;

await serve(async (task): Promise<Opened> => {
  const kernelDevice = await adapterDevice(task);
  watched ??= watchShaders(kernelDevice.device);
  const shaders = watched;
  // A task has a session of its own, which compiles all that it runs.
  shaders.start();
  const open = async (): Promise<Omit<Opened, 'about'>> => {
    switch (task.kind) {
      case 'nearest':
        return openNearest(createGpuLatentOps(kernelDevice), task);
      case 'convolution':
        return openConvolution(kernelDevice, task);
      case 'head':
      case 'training-step': {
        const engine = createWgslEngine(kernelDevice);
        const opened = task.kind === 'head' ? await openHead(engine, task) : await openTrainingStep(engine, task);
        return { ...opened, close: async () => engine.dispose() };
      }
    }
  };
  const opened = await open();
  return {
    ...opened,
    about: () => ({ versions: { webgpu: dawnVersion() }, device: kernelDevice.adapter.name, wgsl: shaders.hashes() }),
  };
});
