import type { BenchCase, BenchContext } from '../../src/suites/bench-case.ts';
import { accumulateCase } from '../../src/suites/kernels/accumulate.ts';
import { augmentCase } from '../../src/suites/kernels/augment.ts';
import { batchNormCase, batchNormPasses } from '../../src/suites/kernels/batch-norm.ts';
import { classMeansCase } from '../../src/suites/kernels/class-means.ts';
import { classProbabilityCase } from '../../src/suites/kernels/class-probability.ts';
import { columnSumsCase } from '../../src/suites/kernels/column-sums.ts';
import { denseCase, densePasses } from '../../src/suites/kernels/dense.ts';
import { elementwiseCase, elementwisePasses } from '../../src/suites/kernels/elementwise.ts';
import { extrapolateCase } from '../../src/suites/kernels/extrapolate.ts';
import { guardedCopyCase } from '../../src/suites/kernels/guarded-copy.ts';
import { linearSoftmaxCase } from '../../src/suites/kernels/linear-softmax.ts';
import { momentumSgdCase } from '../../src/suites/kernels/momentum-sgd.ts';
import { nearestVariantCase } from '../../src/suites/kernels/nearest-variants.ts';
import { pairwiseDistanceCase } from '../../src/suites/kernels/pairwise-distance.ts';
import { poolingCase, poolingPasses } from '../../src/suites/kernels/pooling.ts';
import { rankCase } from '../../src/suites/kernels/rank.ts';
import { selectCase } from '../../src/suites/kernels/select.ts';
import { softmaxCrossEntropyCase } from '../../src/suites/kernels/softmax-cross-entropy.ts';

/** One small case at least of every suite that measures a kernel by itself. */
export function smallKernelCases(context: BenchContext): readonly BenchCase[] {
  const head = { n: 40, d: 12, classCount: 3, batchSize: 16, steps: 3 };
  return [
    accumulateCase(300, context),
    augmentCase(3, 6, 2, context),
    ...batchNormPasses.map((pass) => batchNormCase(pass, { rows: 130, channels: 5 }, context)),
    classMeansCase({ n: 300, d: 5, classCount: 3 }, context),
    classProbabilityCase(70, 4, context),
    columnSumsCase(130, 7, context),
    ...densePasses.map((pass) => denseCase(pass, { rows: 9, inFeatures: 12, outFeatures: 6 }, context)),
    ...elementwisePasses.map((pass) => elementwiseCase(pass, 301, context)),
    extrapolateCase(70, 12, context),
    guardedCopyCase(70, context),
    linearSoftmaxCase(head, undefined, context),
    linearSoftmaxCase(head, 'sliced', context),
    momentumSgdCase(300, context),
    nearestVariantCase({ n: 20, m: 30, d: 7 }, 'plain', context),
    nearestVariantCase({ n: 20, m: 30, d: 7 }, 'tiled', context),
    pairwiseDistanceCase({ n: 20, m: 30, d: 7 }, undefined, context),
    pairwiseDistanceCase({ n: 20, m: 30, d: 7 }, 'tiled', context),
    ...poolingPasses.map((pass) => poolingCase(pass, { batch: 2, size: 6, channels: 5 }, context)),
    rankCase(700, context),
    selectCase(700, context),
    softmaxCrossEntropyCase(70, 4, context),
  ];
}
