import type { Session } from '../../session/session.ts';
import type { DistanceMetric } from '../distance-metric.ts';
import { type RowChunk, rowChunks } from '../row-chunks.ts';
import { certifyWgsl, mergeWgsl, rerankWgsl } from './nearest.certify.wgsl.ts';
import type { NearestVariant } from './nearest.common.wgsl.ts';
import { prepareWgsl, scoreWgsl } from './nearest.wgsl.ts';

/** Shapes to prepare for; `encode` then records as often as wanted. */
export interface NearestShape {
  readonly n: number;
  readonly m: number;
  readonly d: number;
  readonly k: number;
  readonly metric: DistanceMetric;
}

/** A stretch of the base and how pass 1 splits it. */
interface BaseChunk extends RowChunk {
  readonly paddedRows: number;
  readonly vectorsPerSplit: number;
  readonly splits: number;
  readonly firstSplit: number;
}

/** Everything about a shape that does not depend on buffers. */
export interface NearestPlan {
  readonly shape: NearestShape;
  readonly variant: NearestVariant;
  readonly candidateCount: number;
  readonly queryChunks: readonly RowChunk[];
  readonly baseChunks: readonly BaseChunk[];
  readonly listCount: number;
  readonly pipelines: Readonly<Record<'prepare' | 'score' | 'merge' | 'rerank' | 'certify', GPUComputePipeline>>;
}

/** Rows kept beyond k: the fewer, the more often the last one kept is too close to the k-th to certify it. */
const extraCandidates = 3;
/** Enough invocations to fill a large GPU; beyond it, splitting the base only costs. */
const wantedInvocations = 16_384;
/** Rows of the base that make a split worth its own list. */
const leastSplitRows = 128;

/** The next multiple of `unit`. */
export const roundUp = (value: number, unit: number) => Math.ceil(value / unit) * unit;

/** The variant for k neighbors. Long lists and many sums do not both fit into registers. */
export function nearestVariant(k: number, metric: DistanceMetric): NearestVariant {
  return { metric, k, candidates: k + extraCandidates, queriesPerThread: 4, baseVectors: 2 };
}

/** The five passes for k neighbors, in their order. */
export function nearestSources(k: number, metric: DistanceMetric) {
  const variant = nearestVariant(k, metric);
  const source = (pass: string, code: string) => ({ label: `nearest ${metric}: ${pass}`, code });
  return [
    source('prepare', prepareWgsl(variant)),
    source('score', scoreWgsl(variant)),
    source('merge', mergeWgsl(variant)),
    source('rerank', rerankWgsl(variant)),
    source('certify', certifyWgsl(variant)),
  ] as const;
}

/** Compiles the pipelines and cuts the work into pieces that fit into bindings. */
export async function planNearest(session: Session, shape: NearestShape): Promise<NearestPlan> {
  const { n, m, d, k, metric } = shape;
  const variant = nearestVariant(k, metric);
  const { candidates, queriesPerThread, baseVectors } = variant;
  const limit = session.maxBindingBytes;
  let listCount = 0;
  const baseChunks = rowChunks('nearest: base', m, 4 * d, limit).map(({ first, count }): BaseChunk => {
    const paddedRows = roundUp(count, 4 * baseVectors);
    const vectors = paddedRows / 4;
    const wanted = Math.min(
      Math.ceil((wantedInvocations * queriesPerThread) / Math.max(1, n)),
      Math.max(1, Math.floor(count / leastSplitRows)),
    );
    const vectorsPerSplit = roundUp(Math.ceil(vectors / wanted), baseVectors);
    const splits = Math.ceil(vectors / vectorsPerSplit);
    const firstSplit = listCount / candidates;
    listCount += splits * candidates;
    return { first, count, paddedRows, vectorsPerSplit, splits, firstSplit };
  });
  const queryChunks = rowChunks('nearest: query', n, 4 * Math.max(d, listCount), limit);
  const [prepare, score, merge, rerank, certify] = await Promise.all(
    nearestSources(k, metric).map((source) => session.pipeline(source)),
  );
  const pipelines = { prepare, score, merge, rerank, certify };
  return { shape, variant, candidateCount: candidates, queryChunks, baseChunks, listCount, pipelines };
}
