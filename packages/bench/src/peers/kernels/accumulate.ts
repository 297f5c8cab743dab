import { createAccumulate } from '@csx/wgsl-kernels';
import { floatsOf, type OpenKernel, uploaded, wholeOf } from './kernel-run.ts';

export const openAccumulate: OpenKernel = async (session, task) => {
  const { source, sums, factors } = await floatsOf(task, 'source', 'sums', 'factors');
  const kernel = createAccumulate(session);
  const { encode } = await kernel.prepare({ count: sums.length });
  const data = uploaded(session, { source, sums });
  return {
    record(step) {
      const uniform = step.uniform(factors.slice().buffer, 'factors');
      encode(step, { source: data.source, target: data.sums, factors: { buffer: uniform } });
    },
    outputs: [wholeOf(data.sums)],
    updated: [{ buffer: data.sums.buffer, values: sums }],
    run: () => kernel.run({ source, target: sums, factors }),
  };
};
