import {
  classMeansReference,
  classProbabilityReference,
  extrapolateReference,
  nearestReference,
  pairwiseDistanceReference,
  selectByLogOddsReference,
} from '@csx/wgsl-kernels';
import { checkClasses, checkDistance, checkNeighborCount, checkRange } from './check-inputs.ts';
import { createCpuNearest } from './cpu-nearest/cpu-nearest.ts';
import type { LatentOps } from './latent-ops.ts';

export interface CpuLatentOpsOptions {
  /** Threads of the neighbor search: 2 by default. They change the time, never a bit of the result. */
  readonly threads?: number;
  /** Most bytes that a large neighbor search works in, beside its inputs and results: 128 MiB by default. */
  readonly searchBytes?: number;
}

/**
 * Multiplications from which a neighbor search asks ONNX Runtime. float64 alone does about 1e9 a second, so that
 * everything below ends in a tenth of a second, which is what loading ONNX Runtime and opening its session may take.
 */
const leastFilteredWork = 1e8;

/**
 * The latent operations in float64 on the CPU: the kernels' own references, so that both
 * implementations are one definition. Results are rounded to f32 once, at the end. What is not
 * finite, or does not fit, is refused as the kernels refuse it.
 *
 * Large neighbor searches choose in f32, by ONNX Runtime (native, else wasm), at which rows float64 has to look: the
 * same result in a fraction of the time. Its session opens at the first such search, and `dispose` releases it.
 */
export function createCpuLatentOps({ threads, searchBytes }: CpuLatentOpsOptions = {}): LatentOps {
  const filtered = createCpuNearest({
    ...(threads !== undefined && { threads }),
    ...(searchBytes !== undefined && { memoryBytes: searchBytes }),
  });
  return {
    description: { kind: 'cpu', name: 'CPU (float64; neighbors found by ONNX Runtime)' },
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
      const result =
        query.n * base.n * query.d < leastFilteredWork
          ? { ...nearestReference(query, base, k, metric), recomputedCount: 0 }
          : await filtered.search(query, base, k, metric);
      checkRange('nearest', result.distances);
      return result;
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
    dispose: () => filtered.dispose(),
  };
}
