import { createColumnSums } from '@csx/wgsl-kernels';
import { floatsOf, type OpenKernel, sizesOf, target, uploaded } from './kernel-run.ts';

export const openColumnSums: OpenKernel = async (session, task) => {
  const { rows, columns } = sizesOf(task, 'rows', 'columns');
  const { input } = await floatsOf(task, 'input');
  const kernel = createColumnSums(session);
  const { encode } = await kernel.prepare({ rows, columns });
  const data = uploaded(session, { input });
  const sums = target(session, columns);
  return {
    record: (step) => encode(step, { ...data, sums }),
    outputs: [sums],
    run: () => kernel.run({ data: input, n: rows, d: columns }),
  };
};
