import { accumulateBound, accumulateReference } from '@csx/wgsl-kernels';
import type { BenchCase, BenchContext } from '../bench-case.ts';
import { evenValues } from '../random-values.ts';
import { judgeWithin } from './judge.ts';
import { grouped, kernelCase } from './kernel-case.ts';

export function accumulateCase(count: number, context: BenchContext): BenchCase {
  return kernelCase(
    {
      kernel: 'accumulate',
      name: `${grouped(count)} values`,
      shape: { count },
      flop: 2 * count,
      bytes: 12 * count,
      inputs: (seed) => ({
        source: evenValues(count, seed, 30),
        sums: evenValues(count, seed, 31),
        factors: Float32Array.of(0.3, -1.7, 0.9, 2.3),
      }),
      judge({ source, sums, factors }, values) {
        const expected = accumulateReference({ source, target: sums, factors });
        const bound = (at: number) => accumulateBound(Math.abs(sums[at]), Math.abs(factors[at % 4] * source[at]));
        return judgeWithin('every value beside float64', values, [{ values: expected, bound }]);
      },
    },
    context,
  );
}

/** The gradients of VGG19's 20 million weights, and of fewer for software. */
export function accumulateSuite(context: BenchContext): readonly BenchCase[] {
  return [accumulateCase(context.hasGpu ? 20_000_000 : 2_000_000, context)];
}
