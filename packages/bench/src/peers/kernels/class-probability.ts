import { createClassProbability } from '@csx/wgsl-kernels';
import { floatsOf, type OpenKernel, sizesOf, target, uploaded, wordsOf } from './kernel-run.ts';

export const openClassProbability: OpenKernel = async (session, task) => {
  const { n, c } = sizesOf(task, 'n', 'c');
  const { logits } = await floatsOf(task, 'logits');
  const { labels } = await wordsOf(task, 'labels');
  const kernel = createClassProbability(session);
  const { encode } = await kernel.prepare();
  const data = uploaded(session, { logits, labels });
  const probability = target(session, n);
  const logOdds = target(session, n);
  const io = {
    logits: data.logits.buffer,
    labels: data.labels.buffer,
    probability: probability.buffer,
    logOdds: logOdds.buffer,
  };
  return {
    record: (step) => encode(step, { n, c, ...io }),
    outputs: [probability, logOdds],
    run: () => kernel.run({ logits: { data: logits, n, d: c }, labels }),
  };
};
