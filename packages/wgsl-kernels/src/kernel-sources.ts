import { accumulateSources } from './kernels/accumulate/accumulate.ts';
import { augmentSource } from './kernels/augment/augment.ts';
import { batchNormSources } from './kernels/batch-norm/batch-norm.ts';
import { classMeansSources } from './kernels/class-means/class-means.ts';
import { classProbabilitySource } from './kernels/class-probability/class-probability.ts';
import { columnSumsSources } from './kernels/column-sums/column-sums.ts';
import { tiledConvolutionSources } from './kernels/convolution/convolution.tiled.wgsl.ts';
import { distanceMetrics } from './kernels/distance-metric.ts';
import { elementwiseSources } from './kernels/elementwise/elementwise.ts';
import { extrapolateSources } from './kernels/extrapolate/extrapolate.ts';
import { guardedCopySources } from './kernels/guarded-copy/guarded-copy.ts';
import { linearSoftmaxSources } from './kernels/linear-softmax/linear-softmax.ts';
import { momentumSgdSource } from './kernels/momentum-sgd/momentum-sgd.ts';
import { nearestSources } from './kernels/nearest/nearest.plan.ts';
import { pairwiseDistanceSources } from './kernels/pairwise-distance/pairwise-distance.ts';
import { poolingSources } from './kernels/pooling/pooling.ts';
import { rankSources } from './kernels/rank/rank.ts';
import { selectSources } from './kernels/select/select.encode.ts';
import { plainRowLoss } from './kernels/softmax-cross-entropy/row-loss.ts';
import { softmaxCrossEntropySources } from './kernels/softmax-cross-entropy/softmax-cross-entropy.ts';
import type { PipelineSource } from './session/pipeline-cache.ts';

// Those of the paper's training: others only change numbers, and which optional lines are there.
const rule = { momentum: 0.9, weightDecay: 5e-4, nesterov: false };
const layer = { batch: 128, height: 16, width: 16, inChannels: 128, outChannels: 128 };
const convolution = { ...layer, size: [3, 3], stride: [1, 1], padding: [1, 1, 1, 1] } as const;
const images = { batch: 128, height: 32, width: 32, channels: 3, flip: true, shift: 0 };
const head = {
  ...plainRowLoss,
  ...rule,
  d: 512,
  classCount: 10,
  batchSize: 256,
  labelSmoothing: 0,
  classWeights: false,
};

/**
 * The WGSL of every kernel by its label, for records that name the code behind a figure by its hash. The text of `nearest`
 * depends on k and d: it is given for k = 1 and d = 512, since others only change numbers and the length of a loop in it.
 */
export function kernelSources(): Record<string, string> {
  const sources: readonly PipelineSource[] = [
    ...distanceMetrics.flatMap(pairwiseDistanceSources),
    ...nearestSources(1, 512, 'f32'),
    ...nearestSources(1, 512, 'f16'),
    ...classMeansSources,
    classProbabilitySource,
    ...selectSources,
    ...rankSources,
    ...extrapolateSources,
    ...tiledConvolutionSources(convolution, 2 ** 27),
    ...columnSumsSources,
    ...batchNormSources,
    ...poolingSources,
    ...elementwiseSources,
    ...guardedCopySources,
    ...accumulateSources,
    ...softmaxCrossEntropySources({ ...plainRowLoss, classCount: 10, classWeights: false, rowWeights: false }),
    momentumSgdSource({ ...rule, guarded: true, width: 4 }),
    augmentSource(images),
    ...linearSoftmaxSources({ ...head, subgroupSize: 0 }),
    ...linearSoftmaxSources({ ...head, subgroupSize: 8 }),
  ];
  return Object.fromEntries(sources.map(({ label, code }) => [label, code]));
}
