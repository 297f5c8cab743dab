import { openAccumulate } from './accumulate.ts';
import { openAugment } from './augment.ts';
import { openBatchNorm } from './batch-norm.ts';
import { openClassMeans } from './class-means.ts';
import { openClassProbability } from './class-probability.ts';
import { openColumnSums } from './column-sums.ts';
import { openDense } from './dense.ts';
import { openElementwise } from './elementwise.ts';
import { openExtrapolate } from './extrapolate.ts';
import { openGuardedCopy } from './guarded-copy.ts';
import type { OpenKernel } from './kernel-run.ts';
import { openLinearSoftmax } from './linear-softmax.ts';
import { openMomentumSgd } from './momentum-sgd.ts';
import { openNearest } from './nearest.ts';
import { openPairwiseDistance } from './pairwise-distance.ts';
import { openPooling } from './pooling.ts';
import { openRank } from './rank.ts';
import { openSelect } from './select.ts';
import { openSoftmaxCrossEntropy } from './softmax-cross-entropy.ts';

/** Kernels by the names of their folders. */
export const kernels: Readonly<Record<string, OpenKernel>> = {
  accumulate: openAccumulate,
  augment: openAugment,
  'batch-norm': openBatchNorm,
  'class-means': openClassMeans,
  'class-probability': openClassProbability,
  'column-sums': openColumnSums,
  dense: openDense,
  elementwise: openElementwise,
  extrapolate: openExtrapolate,
  'guarded-copy': openGuardedCopy,
  'linear-softmax': openLinearSoftmax,
  'momentum-sgd': openMomentumSgd,
  nearest: openNearest,
  'pairwise-distance': openPairwiseDistance,
  pooling: openPooling,
  rank: openRank,
  select: openSelect,
  'softmax-cross-entropy': openSoftmaxCrossEntropy,
};
