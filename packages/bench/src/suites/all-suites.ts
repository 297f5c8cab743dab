import type { BenchCase, BenchContext } from './bench-case.ts';
import { convolutionSuite } from './convolution.ts';
import { headSuite } from './head.ts';
import { accumulateSuite } from './kernels/accumulate.ts';
import { augmentSuite } from './kernels/augment.ts';
import { batchNormSuite } from './kernels/batch-norm.ts';
import { classMeansSuite } from './kernels/class-means.ts';
import { classProbabilitySuite } from './kernels/class-probability.ts';
import { columnSumsSuite } from './kernels/column-sums.ts';
import { denseSuite } from './kernels/dense.ts';
import { elementwiseSuite } from './kernels/elementwise.ts';
import { extrapolateSuite } from './kernels/extrapolate.ts';
import { guardedCopySuite } from './kernels/guarded-copy.ts';
import { linearSoftmaxSuite } from './kernels/linear-softmax.ts';
import { momentumSgdSuite } from './kernels/momentum-sgd.ts';
import { nearestVariantSuite } from './kernels/nearest-variants.ts';
import { pairwiseDistanceSuite } from './kernels/pairwise-distance.ts';
import { poolingSuite } from './kernels/pooling.ts';
import { rankSuite } from './kernels/rank.ts';
import { selectSuite } from './kernels/select.ts';
import { softmaxCrossEntropySuite } from './kernels/softmax-cross-entropy.ts';
import { nearestSuite } from './nearest.ts';
import { samplerSuite } from './samplers.ts';
import { cpuStepSuite, trainingStepSuite } from './training-step.ts';

type Suite = (context: BenchContext) => readonly BenchCase[];

/** One for each kernel, by the name of its folder. */
export const kernelSuites: Readonly<Record<string, Suite>> = {
  nearest: (context) => [...nearestSuite(context), ...nearestVariantSuite(context)],
  'pairwise-distance': pairwiseDistanceSuite,
  'class-means': classMeansSuite,
  'class-probability': classProbabilitySuite,
  select: selectSuite,
  rank: rankSuite,
  extrapolate: extrapolateSuite,
  convolution: convolutionSuite,
  accumulate: accumulateSuite,
  augment: augmentSuite,
  'batch-norm': batchNormSuite,
  'column-sums': columnSumsSuite,
  dense: denseSuite,
  elementwise: elementwiseSuite,
  'guarded-copy': guardedCopySuite,
  'linear-softmax': linearSoftmaxSuite,
  'momentum-sgd': momentumSgdSuite,
  pooling: poolingSuite,
  'softmax-cross-entropy': softmaxCrossEntropySuite,
};

const suites: readonly Suite[] = [
  trainingStepSuite,
  cpuStepSuite,
  headSuite,
  samplerSuite,
  ...Object.values(kernelSuites),
];

/** `suite: case`, as `--filter` and `--list` read and print it. */
export const caseTitle = ({ suite, name }: BenchCase) => `${suite}: ${name}`;

/** The cases whose title contains the filter, or one of its parts between bars. */
export function chooseCases(context: BenchContext, filter: string): readonly BenchCase[] {
  const parts = filter.toLowerCase().split('|');
  return suites
    .flatMap((suite) => suite(context))
    .filter((one) => parts.some((part) => caseTitle(one).toLowerCase().includes(part)));
}
