import type { Binding, Step } from '../../session/step.ts';
import { storedBytes } from '../operand-storage.ts';
import type { RowChunk } from '../row-chunks.ts';
import { uniformData } from '../uniform-data.ts';
import { nearestBounds } from './nearest.bounds.ts';
import { workgroupSize } from './nearest.common.wgsl.ts';
import type { NearestPlan, PaddedChunk } from './nearest.plan.ts';

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

/** Rows, norms and factors of a stretch, made by the first pass. */
interface PreparedRows {
  readonly rows: GPUBuffer;
  readonly norms: GPUBuffer;
  readonly scales: GPUBuffer;
  /** What f16 values were divided by. */
  readonly factors?: Binding | undefined;
}

/** Records the search. */
export function encodeNearest(plan: NearestPlan, step: Step, io: NearestIo, maxBindingBytes: number): void {
  const { shape, terms, pass, depth, pipelines, listCount } = plan;
  const { d, k, metric } = shape;
  if (shape.n === 0) return;
  const { candidates, filter } = terms;
  const half = filter === 'f16';
  const bounds = nearestBounds(d, metric, filter);
  const groups = (invocations: number) => Math.ceil(invocations / workgroupSize);
  const part = (buffer: GPUBuffer, wordsPerRow: number, { first, count }: RowChunk) => ({
    buffer,
    offset: first * wordsPerRow * 4,
    size: count * wordsPerRow * 4,
  });

  const prepare = (source: GPUBuffer, chunk: PaddedChunk, factor: number, unsafe: GPUBuffer): PreparedRows => {
    const { count, paddedRows } = chunk;
    const rows = step.temporary(storedBytes(paddedRows * depth, filter), 'nearest: rows');
    const norms = step.temporary(paddedRows * 4, 'nearest: norms');
    const scales = step.temporary(paddedRows * 4, 'nearest: scales');
    const factors = half
      ? { buffer: step.temporary(paddedRows * 4, 'nearest: factors'), size: paddedRows * 4 }
      : undefined;
    step.dispatch({
      label: 'nearest: prepare',
      pipeline: pipelines.prepare,
      bindings: [
        { buffer: step.uniform(uniformData([count, paddedRows, d, depth], [factor]), 'nearest: prepare') },
        part(source, d, chunk),
        { buffer: rows, size: storedBytes(paddedRows * depth, filter) },
        { buffer: norms, size: paddedRows * 4 },
        { buffer: scales, size: paddedRows * 4 },
        { buffer: unsafe, size: 4 },
        ...(metric === 'cosine' ? [] : [{ buffer: io.center, size: d * 4 }]),
        ...(factors === undefined ? [] : [factors]),
      ],
      workgroups: groups(paddedRows * pass.lanesPerRow),
    });
    return { rows, norms, scales, factors };
  };

  const unsafeBase = step.upload(new Uint32Array(1), 'nearest: unsafe base rows');
  const unsafeQueries = step.upload(new Uint32Array(1), 'nearest: unsafe query rows');
  const bases = plan.baseChunks.map((chunk) => ({
    chunk,
    base: prepare(io.base, chunk, 1 - bounds.ranking, unsafeBase),
  }));

  for (const chunk of plan.queryChunks) {
    const { count, paddedRows: queries } = chunk;
    const query = prepare(io.query, chunk, 1, unsafeQueries);
    const listBytes = listCount * candidates * queries * 4;
    const lists = ['keys', 'rows'].map((name) => ({
      buffer: step.temporary(listBytes, `nearest: ${name}`),
      size: listBytes,
    }));
    for (const { chunk: baseChunk, base } of bases) {
      const { rowsPerSplit, splits, firstList, first, paddedRows } = baseChunk;
      const { workgroups, rowsPerRound, scratchBytes } = pass.dispatch(
        { queries, depth, splits, rowsPerSplit },
        maxBindingBytes,
      );
      const sizes = [queries, paddedRows, depth, rowsPerSplit, splits, firstList, first, rowsPerRound];
      step.dispatch({
        label: 'nearest: score',
        pipeline: pipelines.score,
        bindings: [
          { buffer: step.uniform(uniformData(sizes), 'nearest: score') },
          { buffer: query.rows, size: storedBytes(queries * depth, filter) },
          { buffer: base.rows, size: storedBytes(paddedRows * depth, filter) },
          { buffer: base.norms, size: paddedRows * 4 },
          ...lists,
          ...(query.factors === undefined || base.factors === undefined ? [] : [query.factors, base.factors]),
          ...(scratchBytes === 0
            ? []
            : [{ buffer: step.temporary(scratchBytes, 'nearest: sums'), size: scratchBytes }]),
        ],
        workgroups,
      });
    }
    const excludedFrom = step.temporary(count * 4, 'nearest: excluded from');
    const mergeSizes = uniformData([count, queries, listCount * candidates], [bounds.queryRanking, bounds.absolute]);
    step.dispatch({
      label: 'nearest: merge',
      pipeline: pipelines.merge,
      bindings: [
        { buffer: step.uniform(mergeSizes, 'nearest: merge') },
        ...lists,
        { buffer: query.norms, size: queries * 4 },
        { buffer: query.scales, size: queries * 4 },
        { buffer: unsafeBase, size: 4 },
        part(io.candidates, candidates, chunk),
        { buffer: excludedFrom, size: count * 4 },
      ],
      workgroups: groups(count),
    });
    const distances = step.temporary(count * candidates * 4, 'nearest: candidate distances');
    for (const { chunk: baseChunk, base } of bases) {
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
                { buffer: query.scales, size: queries * 4 },
                { buffer: base.scales, size: baseChunk.paddedRows * 4 },
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
