import { createWgslEngine } from '@csx/core';
import { PeerFailure } from '../worker/peer-failure.ts';
import { type Opened, serve } from '../worker/serve.ts';
import { adapterDevice, dawnVersion, watchShaders } from './adapter-device.ts';
import { openTrainingStep } from './training.ts';

let watched: ReturnType<typeof watchShaders> | undefined;

await serve(async (task): Promise<Opened> => {
  if (task.kind !== 'training-step') {
    throw new PeerFailure('unsupported', `only a training step stores activations, a ${task.kind} has none`);
  }
  const kernelDevice = await adapterDevice(task);
  if (!kernelDevice.features.includes('shader-f16')) {
    throw new PeerFailure('unsupported', `the adapter ${kernelDevice.adapter.name} has no shader-f16`);
  }
  watched ??= watchShaders(kernelDevice.device);
  const shaders = watched;
  shaders.start();
  const engine = createWgslEngine(kernelDevice, { activationStorage: 'f16' });
  const opened = await openTrainingStep(engine, task);
  return {
    ...opened,
    close: async () => engine.dispose(),
    about: () => ({ versions: { webgpu: dawnVersion() }, device: kernelDevice.adapter.name, wgsl: shaders.hashes() }),
  };
});
