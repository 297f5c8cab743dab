import {
  classMeansReference,
  classProbabilityReference,
  extrapolateReference,
  nearestReference,
  pairwiseDistanceReference,
  selectByLogOddsReference,
} from '@csx/wgsl-kernels';
import { checkClasses, checkDistance, checkNeighborCount, checkRange } from './check-inputs.ts';
import type { LatentOps } from './latent-ops.ts';

/**
 * The latent operations in float64 on the CPU: the kernels' own references, so that both
 * implementations are one definition. Results are rounded to f32 once, at the end. What is not
 * finite, or does not fit, is refused as the kernels refuse it.
 */
export function createCpuLatentOps(): LatentOps {
  return {
    description: { kind: 'cpu', name: 'CPU (float64 reference)' },
    largestKeptBytes: Number.POSITIVE_INFINITY,
    keep: async (matrix) => ({ matrix, release: () => undefined }),
    async pairwiseDistance(a, b, metric) {
      checkDistance('pairwise-distance', ['a', 'b'], a, b, metric);
      const distances = Float32Array.from(pairwiseDistanceReference(a, b, metric));
      checkRange('pairwise-distance', distances);
      return distances;
    },
    async nearest(query, base, k, metric = 'squared-l2') {
      checkDistance('nearest', ['query', 'base'], query, base, metric);
      checkNeighborCount(k, base.n);
      const neighbors = nearestReference(query, base, k, metric);
      checkRange('nearest', neighbors.distances);
      return { ...neighbors, recomputedCount: 0 };
    },
    async classMeans(latents, labels, classCount) {
      checkClasses(latents, labels, classCount);
      return classMeansReference(latents, labels, classCount);
    },
    async classProbability(logits, labels) {
      const { probability, logOdds } = classProbabilityReference({ logits, labels });
      return { probability: Float32Array.from(probability), logOdds: Float32Array.from(logOdds) };
    },
    async select(request) {
      const { rows, probability, logOdds } = selectByLogOddsReference(request);
      return { rows, probability: Float32Array.from(probability), logOdds: Float32Array.from(logOdds) };
    },
    async extrapolate(request) {
      const { latents, minorWeight, clippedCount } = extrapolateReference(request);
      return {
        latents: { n: latents.n, d: latents.d, data: Float32Array.from(latents.data) },
        minorWeight: Float32Array.from(minorWeight),
        clippedCount,
      };
    },
    dispose: () => undefined,
  };
}
