import type { LatentOps } from '@csx/core';
import type { Matrix } from '@csx/wgsl-kernels';
import type { NearestTask } from '../worker/protocol.ts';
import type { Opened } from '../worker/serve.ts';
import { readFloats } from '../worker/task-files.ts';

/** The two sets of a task. */
export async function readNearest({ folder, n, m, d }: NearestTask): Promise<{ query: Matrix; base: Matrix }> {
  return {
    query: { data: await readFloats(folder, 'query.f32'), n, d },
    base: { data: await readFloats(folder, 'base.f32'), n: m, d },
  };
}

/** The nearest search of the method's interface. */
export async function openNearest(ops: LatentOps, task: NearestTask): Promise<Omit<Opened, 'about'>> {
  const { query, base } = await readNearest(task);
  return {
    check: async () => Float32Array.from((await ops.nearest(query, base, 1)).indices),
    async run(repeats) {
      for (let i = 0; i < repeats; i++) await ops.nearest(query, base, 1);
    },
    close: async () => ops.dispose(),
  };
}
