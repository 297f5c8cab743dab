import { createClassMeans } from '@csx/wgsl-kernels';
import { readFloats, readWords } from '../../worker/task-files.ts';
import { type OpenKernel, sizesOf, target, uploaded } from './kernel-run.ts';

export const openClassMeans: OpenKernel = async (session, task) => {
  const { n, d, classCount } = sizesOf(task, 'n', 'd', 'classCount');
  const latents = await readFloats(task.folder, 'latents.f32');
  const labels = await readWords(task.folder, 'labels.u32');
  const kernel = createClassMeans(session);
  const { encode } = await kernel.prepare(labels, classCount, d);
  const data = uploaded(session, { latents });
  const means = target(session, classCount * d);
  return {
    record: (step) => encode(step, { latents: data.latents.buffer, means: means.buffer }),
    outputs: [means],
    run: () => kernel.run({ latents: { data: latents, n, d }, labels, classCount }),
  };
};
