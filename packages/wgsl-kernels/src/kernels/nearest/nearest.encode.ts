import type { Step } from '../../session/step.ts';
import type { RowChunk } from '../row-chunks.ts';
import { uniformData } from '../uniform-data.ts';
import { nearestBounds } from './nearest.bounds.ts';
import { workgroupSize } from './nearest.common.wgsl.ts';
import { type NearestPlan, roundUp } from './nearest.plan.ts';

/** Buffers of one search; outputs are written whole, and nothing behind them. */
export interface NearestIo {
  /** [n, d] f32 */
  readonly query: GPUBuffer;
  /** [m, d] f32 */
  readonly base: GPUBuffer;
  /** [d] f32 near the middle of the base (ignored by cosine). Any finite one is right; a bad one certifies fewer rows. */
  readonly center: GPUBuffer;
  /** [n, k] u32, certain where the state is 0. */
  readonly indices: GPUBuffer;
  /** [n, k] f32, within `nearestBounds` of the squared distance (cosine: of twice the distance). */
  readonly distances: GPUBuffer;
  /** [n] u32. 0: certain. 1: the neighbors are among the candidates, their order is in doubt. 2: in doubt. */
  readonly states: GPUBuffer;
  /** [n, candidateCount] u32, nearest first; rows that do not exist are 0xffffffff. */
  readonly candidates: GPUBuffer;
}

/** Columns, norms and factors of some rows, made by the first pass. */
interface PreparedRows {
  readonly columns: GPUBuffer;
  readonly norms: GPUBuffer;
  readonly scales: GPUBuffer;
  readonly paddedRows: number;
}

/** Records the search. */
export function encodeNearest(plan: NearestPlan, step: Step, io: NearestIo): void {
  const { shape, variant, pipelines, listCount } = plan;
  const { d, k, metric } = shape;
  if (shape.n === 0) return;
  const { candidates, queriesPerThread } = variant;
  const bounds = nearestBounds(d, metric);
  const groups = (invocations: number) => Math.ceil(invocations / workgroupSize);
  const part = (buffer: GPUBuffer, wordsPerRow: number, { first, count }: RowChunk) => ({
    buffer,
    offset: first * wordsPerRow * 4,
    size: count * wordsPerRow * 4,
  });

  const prepare = (
    source: GPUBuffer,
    chunk: RowChunk,
    paddedRows: number,
    factor: number,
    unsafe: GPUBuffer,
  ): PreparedRows => {
    const columns = step.temporary(paddedRows * d * 4, 'nearest: columns');
    const norms = step.temporary(paddedRows * 4, 'nearest: norms');
    const scales = step.temporary(paddedRows * 4, 'nearest: scales');
    step.dispatch({
      label: 'nearest: prepare',
      pipeline: pipelines.prepare,
      bindings: [
        { buffer: step.uniform(uniformData([chunk.count, paddedRows, d], [factor]), 'nearest: prepare') },
        part(source, d, chunk),
        { buffer: columns, size: paddedRows * d * 4 },
        { buffer: norms, size: paddedRows * 4 },
        { buffer: scales, size: paddedRows * 4 },
        { buffer: unsafe, size: 4 },
        ...(metric === 'cosine' ? [] : [{ buffer: io.center, size: d * 4 }]),
      ],
      workgroups: groups(paddedRows),
    });
    return { columns, norms, scales, paddedRows };
  };

  const unsafeBase = step.upload(new Uint32Array(1), 'nearest: unsafe base rows');
  const unsafeQueries = step.upload(new Uint32Array(1), 'nearest: unsafe query rows');
  const bases = plan.baseChunks.map((chunk) => ({
    chunk,
    rows: prepare(io.base, chunk, chunk.paddedRows, 1 - bounds.ranking, unsafeBase),
  }));

  for (const chunk of plan.queryChunks) {
    const { count } = chunk;
    const query = prepare(io.query, chunk, roundUp(count, queriesPerThread), 1, unsafeQueries);
    const listWords = listCount * query.paddedRows;
    const keys = step.temporary(listWords * 4, 'nearest: keys');
    const rows = step.temporary(listWords * 4, 'nearest: rows');
    const lists = [
      { buffer: keys, size: listWords * 4 },
      { buffer: rows, size: listWords * 4 },
    ];
    for (const { chunk: baseChunk, rows: base } of bases) {
      const { vectorsPerSplit, splits, firstSplit, first } = baseChunk;
      const sizes = [count, query.paddedRows, base.paddedRows / 4, d, vectorsPerSplit, splits, firstSplit, first];
      step.dispatch({
        label: 'nearest: score',
        pipeline: pipelines.score,
        bindings: [
          { buffer: step.uniform(uniformData(sizes), 'nearest: score') },
          { buffer: query.columns, size: query.paddedRows * d * 4 },
          { buffer: base.columns, size: base.paddedRows * d * 4 },
          { buffer: base.norms, size: base.paddedRows * 4 },
          ...lists,
        ],
        workgroups: groups(Math.ceil(count / queriesPerThread) * splits),
      });
    }
    const excludedFrom = step.temporary(count * 4, 'nearest: excluded from');
    const mergeSizes = uniformData([count, query.paddedRows, listCount], [bounds.ranking, bounds.absolute]);
    step.dispatch({
      label: 'nearest: merge',
      pipeline: pipelines.merge,
      bindings: [
        { buffer: step.uniform(mergeSizes, 'nearest: merge') },
        ...lists,
        { buffer: query.norms, size: query.paddedRows * 4 },
        { buffer: query.scales, size: query.paddedRows * 4 },
        { buffer: unsafeBase, size: 4 },
        part(io.candidates, candidates, chunk),
        { buffer: excludedFrom, size: count * 4 },
      ],
      workgroups: groups(count),
    });
    const distances = step.temporary(count * candidates * 4, 'nearest: candidate distances');
    for (const { chunk: baseChunk, rows: base } of bases) {
      const { first, count: baseCount } = baseChunk;
      step.dispatch({
        label: 'nearest: rerank',
        pipeline: pipelines.rerank,
        bindings: [
          { buffer: step.uniform(uniformData([count, first, first + baseCount, d]), 'nearest: rerank') },
          part(io.query, d, chunk),
          part(io.base, d, baseChunk),
          part(io.candidates, candidates, chunk),
          { buffer: distances, size: count * candidates * 4 },
          ...(metric === 'cosine'
            ? [
                { buffer: query.scales, size: query.paddedRows * 4 },
                { buffer: base.scales, size: base.paddedRows * 4 },
              ]
            : []),
        ],
        workgroups: groups(count * candidates),
      });
    }
    const certifyBounds = uniformData([count], [bounds.relative, bounds.root, bounds.absolute]);
    step.dispatch({
      label: 'nearest: certify',
      pipeline: pipelines.certify,
      bindings: [
        { buffer: step.uniform(certifyBounds, 'nearest: certify') },
        part(io.candidates, candidates, chunk),
        { buffer: distances, size: count * candidates * 4 },
        { buffer: excludedFrom, size: count * 4 },
        part(io.indices, k, chunk),
        part(io.distances, k, chunk),
        part(io.states, 1, chunk),
      ],
      workgroups: groups(count),
    });
  }
}
