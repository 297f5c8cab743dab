import { createWgslEngine } from '@csx/core';
import { PeerFailure } from '../worker/peer-failure.ts';
import { serveOwnKernels } from './serve-own-kernels.ts';
import { openTrainingStep } from './training.ts';

await serveOwnKernels(async (host, task) => {
  if (task.kind !== 'training-step') {
    throw new PeerFailure('unsupported', `only a training step stores activations, a ${task.kind} has none`);
  }
  if (!host.features.includes('shader-f16')) {
    throw new PeerFailure('unsupported', `the adapter ${host.adapter.name} has no shader-f16`);
  }
  const engine = createWgslEngine(host, { activationStorage: 'f16' });
  return { ...(await openTrainingStep(engine, task)), close: async () => engine.dispose() };
});
