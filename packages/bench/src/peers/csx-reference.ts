import { nearestReference } from '@csx/wgsl-kernels';
import { PeerFailure } from '../worker/peer-failure.ts';
import { serve } from '../worker/serve.ts';
import { readNearest } from './nearest.ts';

await serve(async (task) => {
  if (task.kind !== 'nearest') throw new PeerFailure('unsupported', `the reference does no ${task.kind}`);
  const { query, base } = await readNearest(task);
  const search = () => nearestReference(query, base, 1, 'squared-l2');
  return {
    check: async () => Float32Array.from(search().indices),
    async run(repeats) {
      for (let i = 0; i < repeats; i++) search();
    },
    about: () => ({ versions: {}, device: 'CPU, 1 thread', wgsl: {} }),
    close: async () => undefined,
  };
});
