import type { Session } from '../../session/session.ts';
import type { StorageType } from '../../wgsl/stored.wgsl.ts';
import { broadcastLanes } from '../broadcast-lanes.ts';
import { type DistanceMetric, distanceMetrics } from '../distance-metric.ts';
import { type ProductVariant, productVariants, roundUp } from '../matrix-product/product-variants.ts';
import { type RowChunk, rowChunks } from '../row-chunks.ts';
import { certifyWgsl, mergeWgsl, rerankWgsl } from './nearest.certify.wgsl.ts';
import type { NearestTerms } from './nearest.common.wgsl.ts';
import { type LanesPerRow, prepareWgsl } from './nearest.prepare.wgsl.ts';
import { type ScorePass, scorePass } from './nearest.score-pass.ts';

/** Shapes to prepare for; `encode` then records as often as wanted. */
export interface NearestShape {
  readonly n: number;
  readonly m: number;
  readonly d: number;
  readonly k: number;
  readonly metric: DistanceMetric;
}

/** Rows that are padded to a multiple of what the variant takes at a time. */
export interface PaddedChunk extends RowChunk {
  readonly paddedRows: number;
}

/** A stretch of the base and how pass 1 splits it. */
interface BaseChunk extends PaddedChunk {
  readonly rowsPerSplit: number;
  readonly splits: number;
  readonly firstList: number;
}

/** Everything about a shape that does not depend on buffers. */
export interface NearestPlan {
  readonly shape: NearestShape;
  readonly terms: NearestTerms;
  readonly pass: ScorePass;
  /** Columns with their padding. */
  readonly depth: number;
  readonly queryChunks: readonly PaddedChunk[];
  readonly baseChunks: readonly BaseChunk[];
  /** Lists of each query. */
  readonly listCount: number;
  readonly pipelines: Readonly<Record<'prepare' | 'score' | 'merge' | 'rerank' | 'certify', GPUComputePipeline>>;
}

/** Rows kept beyond k: the fewer, the more often the last one kept is too close to the k-th to certify it. */
const extraCandidates = { f32: 3, f16: 7 } as const;

const nearestTerms = (k: number, metric: DistanceMetric, filter: StorageType): NearestTerms => ({
  metric,
  k,
  candidates: k + extraCandidates[filter],
  filter,
});

const prepareSource = (metric: DistanceMetric, filter: StorageType, lanesPerRow: LanesPerRow) => ({
  label: `nearest ${metric}, ${filter}: prepare, ${lanesPerRow === 1 ? 'a lane' : 'a workgroup'} a row`,
  code: prepareWgsl({ metric, filter }, lanesPerRow),
});

const scoreSource = (variant: ProductVariant, filter: StorageType, { code }: ScorePass) => ({
  label: `nearest, ${filter}: score, ${variant}`,
  code,
});

const lastSources = (terms: NearestTerms) => {
  const source = (pass: string, code: string) => ({ label: `nearest ${terms.metric}: ${pass}`, code });
  return [
    source('merge', mergeWgsl(terms)),
    source('rerank', rerankWgsl(terms)),
    source('certify', certifyWgsl(terms)),
  ] as const;
};

/** The passes of all variants for k neighbors in d columns with one filter, as they are compiled. */
export function nearestSources(k: number, d: number, filter: StorageType) {
  const candidates = k + extraCandidates[filter];
  const passes = productVariants.map((variant) => ({ variant, pass: scorePass(variant, { candidates, filter }, d) }));
  const lanesPerRow = new Set(passes.map(({ pass }) => pass.lanesPerRow));
  return [
    ...passes.map(({ variant, pass }) => scoreSource(variant, filter, pass)),
    ...distanceMetrics.flatMap((metric) => [
      ...[...lanesPerRow].map((lanes) => prepareSource(metric, filter, lanes)),
      ...lastSources(nearestTerms(k, metric, filter)),
    ]),
  ];
}

const passSources = (variant: ProductVariant, terms: NearestTerms, pass: ScorePass) =>
  [
    prepareSource(terms.metric, terms.filter, pass.lanesPerRow),
    scoreSource(variant, terms.filter, pass),
    ...lastSources(terms),
  ] as const;

/** The text of all passes of a variant for a shape on a session's device. */
export function nearestCode(session: Session, { d, k, metric }: NearestShape, variant: ProductVariant): string {
  const terms = nearestTerms(k, metric, 'f32');
  const pass = scorePass(variant, terms, d, broadcastLanes(session));
  return passSources(variant, terms, pass)
    .map(({ code }) => code)
    .join('\n');
}

/** Compiles the pipelines and cuts the work into pieces that fit into bindings. */
export async function planNearest(
  session: Session,
  shape: NearestShape,
  variant: ProductVariant,
  filter: StorageType = 'f32',
): Promise<NearestPlan> {
  const { n, m, d, k, metric } = shape;
  const terms = nearestTerms(k, metric, filter);
  const pass = scorePass(variant, terms, d, broadcastLanes(session));
  const depth = roundUp(d, pass.depthUnit);
  const limit = session.maxBindingBytes;
  const padded = (chunk: RowChunk, unit: number): PaddedChunk => ({
    ...chunk,
    paddedRows: roundUp(chunk.count, unit),
  });
  let listCount = 0;
  const baseChunks = rowChunks('nearest: base', m, 4 * depth, limit, pass.baseUnit).map((rows): BaseChunk => {
    const chunk = padded(rows, pass.baseUnit);
    const rowsPerSplit = pass.rowsPerSplit(roundUp(Math.max(1, n), pass.queryUnit), chunk.paddedRows);
    const splits = Math.ceil(chunk.paddedRows / rowsPerSplit);
    const firstList = listCount;
    listCount += splits * pass.listsPerSplit;
    return { ...chunk, rowsPerSplit, splits, firstList };
  });
  const queryWords = Math.max(depth, listCount * terms.candidates);
  const queryChunks = rowChunks('nearest: query', n, 4 * queryWords, limit, pass.queryUnit).map((chunk) =>
    padded(chunk, pass.queryUnit),
  );
  const [prepare, score, merge, rerank, certify] = await Promise.all(
    passSources(variant, terms, pass).map((source) => session.pipeline(source)),
  );
  const pipelines = { prepare, score, merge, rerank, certify };
  return { shape, terms, pass, depth, queryChunks, baseChunks, listCount, pipelines };
}
