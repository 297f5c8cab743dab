import { guardedCopyReference } from '@csx/wgsl-kernels';
import type { BenchCase, BenchContext } from '../bench-case.ts';
import { evenValues } from '../random-values.ts';
import { exact, judgeWithin } from './judge.ts';
import { grouped, kernelCase } from './kernel-case.ts';

export function guardedCopyCase(count: number, context: BenchContext): BenchCase {
  return kernelCase(
    {
      kernel: 'guarded-copy',
      name: `${grouped(count)} values`,
      shape: { count },
      flop: 0,
      bytes: 8 * count,
      inputs: (seed) => ({
        source: evenValues(count, seed, 48),
        values: evenValues(count, seed, 49),
        // A finite loss.
        totals: Float32Array.of(0.7, 0, 0, 0),
      }),
      judge({ source, values: before, totals }, values) {
        const expected = guardedCopyReference({ source, target: before, loss: totals[0] });
        return judgeWithin('every value, which is exact', values, [{ values: expected, bound: exact }]);
      },
    },
    context,
  );
}

/** The running statistics of VGG19's batch norms, and enough to see the memory's speed. */
export function guardedCopySuite(context: BenchContext): readonly BenchCase[] {
  return [11_008, context.hasGpu ? 20_000_000 : 2_000_000].map((count) => guardedCopyCase(count, context));
}
