import { createClassMeans } from '@csx/wgsl-kernels';
import { floatsOf, type OpenKernel, sizesOf, target, uploaded, wordsOf } from './kernel-run.ts';

export const openClassMeans: OpenKernel = async (session, task) => {
  const { n, d, classCount } = sizesOf(task, 'n', 'd', 'classCount');
  const { latents } = await floatsOf(task, 'latents');
  const { labels } = await wordsOf(task, 'labels');
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
