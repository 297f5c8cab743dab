import { createCpuLatentOps } from '@csx/core';
import { PeerFailure } from '../worker/peer-failure.ts';
import { serve } from '../worker/serve.ts';
import { openNearest } from './nearest.ts';

await serve(async (task) => {
  if (task.kind !== 'nearest') throw new PeerFailure('unsupported', `the reference does no ${task.kind}`);
  const opened = await openNearest(createCpuLatentOps(), task);
  return { ...opened, about: () => ({ versions: {}, device: 'CPU, 1 thread', wgsl: {} }) };
});
