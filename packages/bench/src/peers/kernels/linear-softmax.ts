import { createLinearSoftmax, type LinearSoftmaxOptions } from '@csx/wgsl-kernels';
import { floatsOf, type OpenKernel, sizesOf, target, uniformOf, uploaded, wholeOf, wordsOf } from './kernel-run.ts';

const state = ['weights', 'bias', 'weightMomenta', 'biasMomenta'] as const;

export const openLinearSoftmax: OpenKernel = async (session, task) => {
  const { n, d, steps, classCount, batchSize, learningRate, momentum, weightDecay } = sizesOf(
    task,
    ...(['n', 'd', 'steps', 'classCount', 'batchSize', 'learningRate', 'momentum', 'weightDecay'] as const),
  );
  const { latents, ...start } = await floatsOf(task, 'latents', ...state);
  const words = await wordsOf(task, 'labels', 'order');
  const variant = (task.variant ?? undefined) as LinearSoftmaxOptions['variant'];
  const rule = { momentum, weightDecay, nesterov: false };
  const kernel = createLinearSoftmax(session);
  const { encode } = await kernel.prepare({ ...rule, d, classCount, batchSize, variant });
  const data = uploaded(session, { latents, ...start, ...words });
  const totals = target(session, 2 * steps);
  return {
    record(step) {
      const rate = { buffer: step.uniform(uniformOf([], [learningRate]), 'learning rate') };
      encode(step, { n, steps, ...data, learningRate: rate, totals });
    },
    outputs: [...state.map((name) => wholeOf(data[name])), totals],
    updated: state.map((name) => ({ buffer: data[name].buffer, values: start[name] })),
    run: () =>
      kernel.run({ ...rule, ...start, ...words, latents: { data: latents, n, d }, batchSize, learningRate }, variant),
  };
};
