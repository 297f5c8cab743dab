import {
  classMeansReference,
  classProbabilityReference,
  extrapolateReference,
  InvalidInputError,
  type Matrix,
  nearestReference,
  pairwiseDistanceReference,
  selectByLogOddsReference,
} from '@csx/wgsl-kernels';
import type { LatentOps } from './latent-ops.ts';

const float32 = (values: Float64Array) => Float32Array.from(values);

/**
 * The latent operations in float64 on the CPU: the kernels' own references, so that both
 * implementations are one definition. Results are rounded to f32 once, at the end.
 */
export function createCpuLatentOps(): LatentOps {
  return {
    description: { kind: 'cpu', name: 'CPU (float64 reference)' },
    async pairwiseDistance(a, b, metric) {
      return Float32Array.from(pairwiseDistanceReference(a, b, metric));
    },
    async nearest(query, base, k, metric = 'squared-l2') {
      checkNearest(query, base, k);
      return nearestReference(query, base, k, metric);
    },
    async classMeans(latents, labels, classCount) {
      return classMeansReference(latents, labels, classCount);
    },
    async classProbability(logits, labels) {
      const { probability, logOdds } = classProbabilityReference({ logits, labels });
      return { probability: float32(probability), logOdds: float32(logOdds) };
    },
    async select(request) {
      const { rows, probability, logOdds } = selectByLogOddsReference(request);
      return { rows, probability: float32(probability), logOdds: float32(logOdds) };
    },
    async extrapolate(request) {
      const { latents, minorWeight, clippedCount } = extrapolateReference(request);
      return {
        latents: { ...latents, data: float32(latents.data) },
        minorWeight: float32(minorWeight),
        clippedCount,
      };
    },
    dispose() {
      // Nothing is held.
    },
  };
}

function checkNearest(query: Matrix, base: Matrix, k: number): void {
  if (query.d !== base.d)
    throw new InvalidInputError(`nearest: query has d = ${query.d}, base has d = ${base.d}; expected the same`);
  if (!Number.isInteger(k) || k < 1 || k > base.n)
    throw new InvalidInputError(`nearest: k is ${k}, expected a whole number from 1 to the ${base.n} rows of base`);
}
