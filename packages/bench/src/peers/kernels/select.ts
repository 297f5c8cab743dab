import { createSelect } from '@csx/wgsl-kernels';
import { floatsOf, type OpenKernel, sizesOf, uploaded } from './kernel-run.ts';

export const openSelect: OpenKernel = async (session, task) => {
  const { n, count } = sizesOf(task, 'n', 'count');
  const { scores } = await floatsOf(task, 'scores');
  const kernel = createSelect(session);
  const { encodeRows } = await kernel.prepare();
  const data = uploaded(session, { scores });
  const run = () =>
    kernel.run({
      scores,
      count,
      side: 'bottom',
      errorBound: 0,
      rescore: (rows) => Float64Array.from(rows, (row) => scores[row]),
    });
  return {
    record: (step) => void encodeRows(step, { n, scores: data.scores.buffer, count, side: 'bottom', errorBound: 0 }),
    outputs: [],
    answer: async () => Float32Array.from(await run()),
    run,
  };
};
