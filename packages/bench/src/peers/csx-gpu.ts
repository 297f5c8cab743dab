import { createGpuLatentOps, createWgslEngine } from '@csx/core';
import { openConvolution } from './csx-convolution.ts';
import { openKernel } from './kernels/open-kernel.ts';
import { nearestKernelTask } from './nearest-kernel-task.ts';
import { openSampler } from './sampler.ts';
import { serveOwnKernels } from './serve-own-kernels.ts';
import { openHead, openTrainingStep } from './training.ts';

await serveOwnKernels(async (host, task) => {
  switch (task.kind) {
    case 'nearest':
      return openKernel(host, nearestKernelTask(task));
    case 'convolution':
      return openConvolution(host, task);
    case 'sampler':
      return openSampler(createGpuLatentOps(host), task);
    case 'kernel':
      return openKernel(host, task);
    case 'head':
    case 'training-step': {
      const engine = createWgslEngine(host);
      const opened = task.kind === 'head' ? await openHead(engine, task) : await openTrainingStep(engine, task);
      return { ...opened, close: async () => engine.dispose() };
    }
  }
});
