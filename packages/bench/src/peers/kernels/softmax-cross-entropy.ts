import { createSoftmaxCrossEntropy } from '@csx/wgsl-kernels';
import { floatsOf, type OpenKernel, sizesOf, target, uniformOf, uploaded, wordsOf } from './kernel-run.ts';

export const openSoftmaxCrossEntropy: OpenKernel = async (session, task) => {
  const { rows, classCount } = sizesOf(task, 'rows', 'classCount');
  const { logits } = await floatsOf(task, 'logits');
  const { labels } = await wordsOf(task, 'labels');
  const kernel = createSoftmaxCrossEntropy(session);
  const { encode } = await kernel.prepare({ rows, classCount });
  const data = uploaded(session, { logits, labels });
  const logitsGradient = target(session, rows * classCount);
  const totals = target(session, 4);
  return {
    record(step) {
      const slot = { buffer: step.uniform(uniformOf([0]), 'slot') };
      encode(step, { ...data, logitsGradient, totals, slot });
    },
    outputs: [logitsGradient, totals],
    run: () => kernel.run({ logits: { data: logits, n: rows, d: classCount }, labels }),
  };
};
