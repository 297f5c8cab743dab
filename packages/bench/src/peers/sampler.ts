import { fitResample, type LatentOps } from '@csx/core';
import type { SamplerTask } from '../worker/protocol.ts';
import type { Opened } from '../worker/serve.ts';
import { readFloats, readWords } from '../worker/task-files.ts';
import { rowsOf } from './class-rows.ts';

/** SMOTE's neighbors of a row, and the row itself. */
const searched = 6;

/** Samplers by the method's interface. */
export async function openSampler(ops: LatentOps, task: SamplerTask): Promise<Omit<Opened, 'about'>> {
  const { folder, n, d, part, treated } = task;
  const latents = { data: await readFloats(folder, 'latents.f32'), n, d };
  const labels = await readWords(folder, 'labels.u32');
  const classes = treated.map((label) => rowsOf(latents, labels, label));

  const run = async (): Promise<Float32Array> => {
    if (part !== 'neighbors') {
      const { counts } = await fitResample(latents, labels, { sampler: part }, { ops });
      return Float32Array.from(counts, ({ originalCount, newCount }) => originalCount + newCount);
    }
    const found: Uint32Array[] = [];
    for (const rows of classes) found.push((await ops.nearest(rows, rows, searched)).indices);
    return Float32Array.from(found.flatMap((indices) => [...indices]));
  };
  return {
    check: run,
    async run(repeats) {
      for (let i = 0; i < repeats; i++) await run();
    },
    close: async () => ops.dispose(),
  };
}
