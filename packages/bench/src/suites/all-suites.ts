import type { BenchCase, BenchContext } from './bench-case.ts';
import { convolutionSuite } from './convolution.ts';
import { headSuite } from './head.ts';
import { classMeansSuite } from './kernels/class-means.ts';
import { extrapolateSuite } from './kernels/extrapolate.ts';
import { rankSuite } from './kernels/rank.ts';
import { nearestSuite } from './nearest.ts';
import { cpuStepSuite, trainingStepSuite } from './training-step.ts';

type Suite = (context: BenchContext) => readonly BenchCase[];

/** One for each kernel, by the name of its folder. */
export const kernelSuites: Readonly<Record<string, Suite>> = {
  convolution: convolutionSuite,
  nearest: nearestSuite,
  'class-means': classMeansSuite,
  rank: rankSuite,
  extrapolate: extrapolateSuite,
};

const suites: readonly Suite[] = [trainingStepSuite, cpuStepSuite, headSuite, ...Object.values(kernelSuites)];

/** `suite: case`, as `--filter` and `--list` read and print it. */
export const caseTitle = ({ suite, name }: BenchCase) => `${suite}: ${name}`;

/** The cases whose title contains the filter. */
export function chooseCases(context: BenchContext, filter: string): readonly BenchCase[] {
  return suites
    .flatMap((suite) => suite(context))
    .filter((one) => caseTitle(one).toLowerCase().includes(filter.toLowerCase()));
}
