import { createExtrapolate } from '@csx/wgsl-kernels';
import { floatsOf, type OpenKernel, sizesOf, target, uploaded, wordsOf } from './kernel-run.ts';

export const openExtrapolate: OpenKernel = async (session, task) => {
  const { n, d, pairCount, gamma, pMax, pMin, bias } = sizesOf(
    task,
    ...(['n', 'd', 'pairCount', 'gamma', 'pMax', 'pMin', 'bias'] as const),
  );
  const { latents, weights } = await floatsOf(task, 'latents', 'weights');
  const { minorRows, majorRows } = await wordsOf(task, 'minorRows', 'majorRows');
  const kernel = createExtrapolate(session);
  const { encode } = await kernel.prepare('boundary', d);
  const data = uploaded(session, { latents, weights, minorRows, majorRows });
  const blended = target(session, pairCount * d);
  const minorWeight = target(session, pairCount);
  return {
    record(step) {
      encode(step, {
        ...{ n, pairCount, factor: gamma * pMax, pMin, bias },
        latents: data.latents.buffer,
        minorRows: data.minorRows.buffer,
        majorRows: data.majorRows.buffer,
        blended: blended.buffer,
        minorWeight: minorWeight.buffer,
        clippedCount: step.upload(new Uint32Array(1), 'clipped'),
        guides: [data.weights.buffer],
      });
    },
    outputs: [blended, minorWeight],
    run: () =>
      kernel.run({
        latents: { data: latents, n, d },
        minorRows,
        majorRows,
        placement: { kind: 'asymmetric', gamma, pMax, reading: 'boundary' },
        pMin,
        boundary: { weights, bias },
      }),
  };
};
