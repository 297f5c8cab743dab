import { batchNormSources } from './kernels/batch-norm/batch-norm.ts';
import { classMeansSources } from './kernels/class-means/class-means.ts';
import { classProbabilitySource } from './kernels/class-probability/class-probability.ts';
import { columnSumsSources } from './kernels/column-sums/column-sums.ts';
import { distanceMetrics } from './kernels/distance-metric.ts';
import { elementwiseSources } from './kernels/elementwise/elementwise.ts';
import { extrapolateSources } from './kernels/extrapolate/extrapolate.ts';
import { nearestSources } from './kernels/nearest/nearest.plan.ts';
import { pairwiseDistanceSource } from './kernels/pairwise-distance/pairwise-distance.ts';
import { poolingSources } from './kernels/pooling/pooling.ts';
import { rankSources } from './kernels/rank/rank.ts';
import { selectSources } from './kernels/select/select.ts';
import type { PipelineSource } from './session/pipeline-cache.ts';

/**
 * The WGSL of every kernel by its label, for records that name the code behind a figure by its hash. The text of `nearest`
 * depends on k: it is given for k = 1, since another k only changes numbers in it.
 */
export function kernelSources(): Record<string, string> {
  const sources: readonly PipelineSource[] = [
    ...distanceMetrics.map(pairwiseDistanceSource),
    ...distanceMetrics.flatMap((metric) => nearestSources(1, metric)),
    ...classMeansSources,
    classProbabilitySource,
    ...Object.values(selectSources),
    ...Object.values(rankSources),
    ...extrapolateSources,
    ...columnSumsSources,
    ...batchNormSources,
    ...poolingSources,
    ...elementwiseSources,
  ];
  return Object.fromEntries(sources.map(({ label, code }) => [label, code]));
}
