import { createCpuLatentOps, createOnnxEngine } from '@csx/core';
import { describeRuntime } from '@csx/core/host';
import { PeerFailure } from '../worker/peer-failure.ts';
import type { Task } from '../worker/protocol.ts';
import { type Opened, serve } from '../worker/serve.ts';
import { openNearest } from './nearest.ts';
import { packageVersion } from './package-version.ts';
import { openSampler } from './sampler.ts';
import { openHead, openTrainingStep } from './training.ts';

/** The native package is taken where there is one, else the wasm one, which comes with core. */
function runtimeVersion(): Record<string, string> {
  const native = describeRuntime().packages['onnxruntime-node'];
  return native === undefined
    ? { 'onnxruntime-web': packageVersion('onnxruntime-web') }
    : { 'onnxruntime-node': native };
}

async function open(task: Task): Promise<Omit<Opened, 'about'>> {
  const { threads } = task;
  switch (task.kind) {
    case 'nearest':
      return openNearest(createCpuLatentOps({ threads }), task);
    case 'sampler':
      return openSampler(createCpuLatentOps({ threads }), task);
    case 'head':
      return openHead(await createOnnxEngine({ threads }), task);
    case 'training-step':
      return openTrainingStep(await createOnnxEngine({ threads }), task);
    default:
      throw new PeerFailure('unsupported', `no ${task.kind} on the CPU`);
  }
}

await serve(async (task): Promise<Opened> => {
  const opened = await open(task);
  return {
    ...opened,
    about: () => ({ versions: runtimeVersion(), device: `CPU, ${task.threads} threads`, wgsl: {} }),
  };
});
