import { createMomentumSgd } from '@csx/wgsl-kernels';
import { floatsOf, type OpenKernel, sizesOf, uniformOf, uploaded, wholeOf } from './kernel-run.ts';

export const openMomentumSgd: OpenKernel = async (session, task) => {
  const { count, decayCount, learningRate, momentum, weightDecay } = sizesOf(
    task,
    ...(['count', 'decayCount', 'learningRate', 'momentum', 'weightDecay'] as const),
  );
  const arrays = await floatsOf(task, 'weights', 'momenta', 'gradients');
  const options = { decayCount, momentum, weightDecay, nesterov: false };
  const kernel = createMomentumSgd(session);
  const { encode } = await kernel.prepare({ count, ...options });
  const data = uploaded(session, arrays);
  const updated = ['weights', 'momenta'] as const;
  return {
    record(step) {
      const rate = { buffer: step.uniform(uniformOf([], [learningRate]), 'learning rate') };
      encode(step, { ...data, learningRate: rate });
    },
    outputs: updated.map((name) => wholeOf(data[name])),
    updated: updated.map((name) => ({ buffer: data[name].buffer, values: arrays[name] })),
    run: () => kernel.run({ ...arrays, ...options, learningRate }),
  };
};
