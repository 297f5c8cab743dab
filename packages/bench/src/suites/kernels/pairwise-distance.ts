import { nearestBounds, type ProductVariant, pairwiseDistanceBound, productVariants } from '@csx/wgsl-kernels';
import type { BenchCase, BenchContext } from '../bench-case.ts';
import { tensorLibraries } from '../candidates.ts';
import { evenValues } from '../random-values.ts';
import { judgeDrawn } from './judge.ts';
import { grouped, kernelCase } from './kernel-case.ts';

interface PairwiseDistanceSizes {
  readonly n: number;
  readonly m: number;
  readonly d: number;
}

/**
 * Ours sum direct differences, as SciPy does in float64. The others expand |a|^2 + |b|^2 - 2 a.b, which is off by as much as `nearestBounds` tells of
 * the first pass of `nearest`: a share of |a|^2 + |b|^2, whatever the distance.
 */
export function pairwiseDistanceCase(
  { n, m, d }: PairwiseDistanceSizes,
  variant: ProductVariant | undefined,
  context: BenchContext,
): BenchCase {
  return kernelCase(
    {
      kernel: 'pairwise-distance',
      ...(variant !== undefined && { variant }),
      name: `${grouped(n)} x ${grouped(m)} x ${d}`,
      shape: { n, m, d, metric: 'squared-l2' },
      flop: 3 * n * m * d,
      bytes: 4 * (d * (n + m) + n * m),
      peers: variant === undefined ? [...tensorLibraries, 'scipy-cpu', 'sklearn-cpu'] : [],
      inputs: (seed) => ({ a: evenValues(n * d, seed, 58), b: evenValues(m * d, seed, 59) }),
      judge({ a, b }, values, candidate) {
        const isOurs = candidate.startsWith('csx-');
        return judgeDrawn('the distances beside float64', values, n * m, context.seed, (at) => {
          const [row, column] = [Math.floor(at / m) * d, (at % m) * d];
          let [value, norms] = [0, 0];
          for (let j = 0; j < d; j++) {
            value += (a[row + j] - b[column + j]) ** 2;
            norms += a[row + j] ** 2 + b[column + j] ** 2;
          }
          const own = pairwiseDistanceBound(d, 'squared-l2', value);
          return { value, bound: isOurs ? own : nearestBounds(d, 'squared-l2').ranking * norms };
        });
      },
    },
    context,
  );
}

/** Beside other libraries, and our variants one by one. */
export function pairwiseDistanceSuite(context: BenchContext): readonly BenchCase[] {
  const side = context.hasGpu ? 8192 : 512;
  const sizes = { n: side, m: side, d: 512 };
  return [undefined, ...productVariants].map((variant) => pairwiseDistanceCase(sizes, variant, context));
}
