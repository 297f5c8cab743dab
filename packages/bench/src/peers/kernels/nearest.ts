import { createNearest, defaultProductVariant, type ProductVariant } from '@csx/wgsl-kernels';
import { floatsOf, type OpenKernel, sizesOf, target, uploaded } from './kernel-run.ts';

/** Column means. */
function middle(base: Float32Array, d: number): Float32Array {
  const sums = new Float64Array(d);
  for (let at = 0; at < base.length; at++) sums[at % d] += base[at];
  return Float32Array.from(sums, (sum) => (sum * d) / base.length);
}

/** Warm is what the GPU does; the host's share, searching anew where the GPU is not certain, is part of end to end. */
export const openNearest: OpenKernel = async (session, task) => {
  const { n, m, d, k } = sizesOf(task, 'n', 'm', 'd', 'k');
  const { query, base } = await floatsOf(task, 'query', 'base');
  const variant = (task.variant ?? defaultProductVariant(session)) as ProductVariant;
  const kernel = createNearest(session, { variant });
  const { candidateCount, encode } = await kernel.prepare({ n, m, d, k, metric: 'squared-l2' });
  const data = uploaded(session, { query, base, center: middle(base, d) });
  const io = {
    query: data.query.buffer,
    base: data.base.buffer,
    center: data.center.buffer,
    indices: target(session, n * k, 'u32').buffer,
    distances: target(session, n * k).buffer,
    states: target(session, n, 'u32').buffer,
    candidates: target(session, n * candidateCount, 'u32').buffer,
  };
  const run = () =>
    kernel.run({ query: { data: query, n, d }, base: { data: base, n: m, d }, k, metric: 'squared-l2' });
  return {
    variant,
    record: (step) => encode(step, io),
    outputs: [],
    answer: async () => Float32Array.from((await run()).indices),
    run,
  };
};
