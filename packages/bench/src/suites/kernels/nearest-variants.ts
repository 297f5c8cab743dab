import { createStream } from '@csx/core';
import { createNearestSearch, createNeighbors, type ProductVariant, productVariants } from '@csx/wgsl-kernels';
import type { BenchCase, BenchContext, Judgement } from '../bench-case.ts';
import { normalValues } from '../random-values.ts';
import { wrongLength } from './judge.ts';
import { grouped, kernelCase } from './kernel-case.ts';

interface NearestSizes {
  readonly n: number;
  readonly m: number;
  readonly d: number;
}

/** Rows that are searched anew in float64. */
const judgedCount = 100;

/** Every variant gives the same indices, those of float64. */
function judgeIndices(
  { n, m, d }: NearestSizes,
  { query, base }: Readonly<Record<'query' | 'base', Float32Array>>,
  values: Float32Array,
  seed: number,
): Judgement {
  if (values.length !== n) return wrongLength(values.length, n);
  const search = createNearestSearch({ data: base, n: m, d }, 1, 'squared-l2');
  const expected = createNeighbors(n, 1);
  const stream = createStream(seed, 'testData', 9);
  const count = Math.min(n, judgedCount);
  let wrong = 0;
  for (let i = 0; i < count; i++) {
    const row = count === n ? i : stream.below(n);
    search.rows({ data: query, n, d }, row, 1, expected);
    if (values[row] !== expected.indices[row]) wrong++;
  }
  return { what: `of ${count} rows those whose nearest is not that of float64`, error: wrong, bound: 0 };
}

/** The nearest of m rows for each of n by one variant. */
export function nearestVariantCase(sizes: NearestSizes, variant: ProductVariant, context: BenchContext): BenchCase {
  const { n, m, d } = sizes;
  return kernelCase(
    {
      kernel: 'nearest',
      variant,
      name: `${grouped(n)} x ${grouped(m)} x ${d}`,
      shape: { ...sizes, k: 1 },
      flop: 2 * n * m * d,
      bytes: 4 * d * (n + m) + 8 * n,
      inputs: (seed) => ({ query: normalValues(n * d, seed, 6), base: normalValues(m * d, seed, 7) }),
      judge: (inputs, values) => judgeIndices(sizes, inputs, values, context.seed),
    },
    context,
  );
}

export function nearestVariantSuite(context: BenchContext): readonly BenchCase[] {
  const side = context.hasGpu ? 10_000 : 1000;
  const sizes = { n: side, m: side, d: 512 };
  return productVariants.map((variant) => nearestVariantCase(sizes, variant, context));
}
