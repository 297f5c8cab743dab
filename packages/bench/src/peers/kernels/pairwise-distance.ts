import { createPairwiseDistance, defaultProductVariant, type ProductVariant } from '@csx/wgsl-kernels';
import { floatsOf, type OpenKernel, sizesOf, target, uploaded } from './kernel-run.ts';

export const openPairwiseDistance: OpenKernel = async (session, task) => {
  const { n, m, d } = sizesOf(task, 'n', 'm', 'd');
  const { a, b } = await floatsOf(task, 'a', 'b');
  const variant = (task.variant ?? defaultProductVariant(session)) as ProductVariant;
  const kernel = createPairwiseDistance(session, { variant });
  const { encode } = await kernel.prepare('squared-l2');
  const data = uploaded(session, { a, b });
  const distances = target(session, n * m);
  const io = { n, m, d, a: data.a.buffer, b: data.b.buffer, distances: distances.buffer };
  return {
    variant,
    record: (step) => encode(step, io),
    outputs: [distances],
    run: () => kernel.run({ a: { data: a, n, d }, b: { data: b, n: m, d }, metric: 'squared-l2' }),
  };
};
