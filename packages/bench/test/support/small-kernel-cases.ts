import type { BenchCase, BenchContext } from '../../src/suites/bench-case.ts';
import { classMeansCase } from '../../src/suites/kernels/class-means.ts';
import { extrapolateCase } from '../../src/suites/kernels/extrapolate.ts';
import { rankCase } from '../../src/suites/kernels/rank.ts';

/** One small case at least of every suite that measures a kernel by itself. */
export function smallKernelCases(context: BenchContext): readonly BenchCase[] {
  return [
    classMeansCase({ n: 300, d: 5, classCount: 3 }, context),
    rankCase(700, context),
    extrapolateCase(70, 12, context),
  ];
}
