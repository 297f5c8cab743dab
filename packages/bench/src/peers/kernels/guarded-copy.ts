import { createGuardedCopy } from '@csx/wgsl-kernels';
import { floatsOf, type OpenKernel, uniformOf, uploaded, wholeOf } from './kernel-run.ts';

export const openGuardedCopy: OpenKernel = async (session, task) => {
  const { source, values, totals } = await floatsOf(task, 'source', 'values', 'totals');
  const kernel = createGuardedCopy(session);
  const { encode } = await kernel.prepare({ count: values.length });
  const data = uploaded(session, { source, values, totals });
  return {
    record(step) {
      const slot = { buffer: step.uniform(uniformOf([0]), 'slot') };
      encode(step, { source: data.source, target: data.values, guard: { totals: data.totals, slot } });
    },
    outputs: [wholeOf(data.values)],
    updated: [{ buffer: data.values.buffer, values }],
    run: () => kernel.run({ source, target: values, loss: totals[0] }),
  };
};
