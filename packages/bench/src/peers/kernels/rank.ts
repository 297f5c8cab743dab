import { createRank } from '@csx/wgsl-kernels';
import { floatsOf, type OpenKernel, sizesOf, target, uploaded } from './kernel-run.ts';

export const openRank: OpenKernel = async (session, task) => {
  const { n } = sizesOf(task, 'n');
  const { scores } = await floatsOf(task, 'scores');
  const kernel = createRank(session);
  const { encode } = await kernel.prepare();
  const data = uploaded(session, { scores });
  const order = target(session, n, 'u32');
  const io = { n, scores: data.scores.buffer, order: order.buffer, direction: 'ascending' } as const;
  return {
    record: (step) => encode(step, io),
    outputs: [order],
    run: () => kernel.run({ scores }),
  };
};
