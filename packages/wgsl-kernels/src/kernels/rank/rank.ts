import { InvalidOptionError } from '../../errors.ts';
import type { Session } from '../../session/session.ts';
import type { Step } from '../../session/step.ts';
import { uniformData } from '../uniform-data.ts';
import { checkScores, type RankOrder } from './rank.reference.ts';
import { RANK_BLOCK, RANK_WORKGROUP, rankBlocksWgsl, rankExchangeWgsl, rankLoadWgsl } from './rank.wgsl.ts';

export interface RankInput {
  /** [n] f32, infinities allowed, no NaN. */
  readonly scores: Float32Array;
  /** `ascending` unless told. */
  readonly order?: RankOrder;
}

/** Existing buffers: scores f32 [n] and order u32 of `rankPaddedCount(n)` elements, of which the first n are the result. */
export interface RankIo {
  readonly n: number;
  readonly scores: GPUBuffer;
  readonly order: GPUBuffer;
  readonly direction: RankOrder;
}

/** The compiled kernel. */
export interface PreparedRank {
  /** Records the sort. NaNs, which `run` refuses, stand beyond the infinities of their sign. */
  encode(step: Step, io: RankIo): void;
}

export interface Rank {
  prepare(): Promise<PreparedRank>;
  /** Uploads, sorts and reads back: [n] row indices, first in the order first. */
  run(input: RankInput): Promise<Uint32Array>;
}

export const rankSources = {
  load: { label: 'rank: load', code: rankLoadWgsl },
  blocks: { label: 'rank: blocks', code: rankBlocksWgsl },
  exchange: { label: 'rank: exchange', code: rankExchangeWgsl },
};

/** Elements that sorting n rows takes: a power of two, at least one block. */
export function rankPaddedCount(n: number): number {
  let count = RANK_BLOCK;
  while (count < n) count *= 2;
  return count;
}

/**
 * The argsort of f32 scores.
 *
 * Formula: a permutation with, for i < j,
 *
 *     scores[order[i]] < scores[order[j]] || (scores[order[i]] === scores[order[j]] && order[i] < order[j])
 *
 * (with > for `descending`; ties go to the lower index in both). -0 equals +0. Scores are [n] of any unit.
 *
 * Empty input: an empty array.
 * Deterministic and exact: rows are compared as integers, and no two (score, index) are equal. So there
 * is no error bound.
 * A bitonic network: ceil(log2 n) (ceil(log2 n) + 1) / 2 stages, those within 512 rows in workgroup
 * memory; twice 4 bytes for each of the padded rows.
 * Throws InvalidInputError for NaN; InvalidOptionError for an unknown order; LimitExceededError when the
 * padded order does not fit in one binding (2^25 rows at 128 MiB).
 * Source: Batcher 1968, "Sorting networks and their applications".
 */
export function createRank(session: Session): Rank {
  async function prepare(): Promise<PreparedRank> {
    const [load, blocks, exchange] = await Promise.all([
      session.pipeline(rankSources.load),
      session.pipeline(rankSources.blocks),
      session.pipeline(rankSources.exchange),
    ]);
    return { encode: (step, io) => encodeRank({ load, blocks, exchange }, step, io) };
  }

  return {
    prepare,
    async run({ scores, order: direction = 'ascending' }) {
      if (direction !== 'ascending' && direction !== 'descending') {
        throw new InvalidOptionError(`rank: order is ${String(direction)}, expected ascending or descending`);
      }
      checkScores('rank', scores);
      const n = scores.length;
      if (n === 0) return new Uint32Array(0);
      const { encode } = await prepare();
      const [bytes] = await session.submit('rank', (step) => {
        const order = step.temporary(rankPaddedCount(n) * 4, 'rank: order');
        encode(step, { n, scores: step.upload(scores, 'rank: scores'), order, direction });
        return [{ buffer: order, bytes: n * 4 }];
      });
      return new Uint32Array(bytes);
    },
  };
}

type RankPipelines = Readonly<Record<keyof typeof rankSources, GPUComputePipeline>>;

function encodeRank(
  { load, blocks, exchange }: RankPipelines,
  step: Step,
  { n, scores, order, direction }: RankIo,
): void {
  if (n === 0) return;
  const count = rankPaddedCount(n);
  const keys = { buffer: step.temporary(count * 4, 'rank: keys'), size: count * 4 };
  const rows = { buffer: order, size: count * 4 };
  const flip = direction === 'ascending' ? 0 : 0xffffffff;
  const numbers = (a: number, b: number) => ({ buffer: step.uniform(uniformData([a, b]), 'rank: numbers') });
  step.dispatch({
    label: rankSources.load.label,
    pipeline: load,
    bindings: [numbers(n, flip), { buffer: scores, size: n * 4 }, keys, rows],
    workgroups: count / RANK_WORKGROUP,
  });
  const stage = (source: { label: string }, pipeline: GPUComputePipeline, first: number, last: number) =>
    step.dispatch({
      label: source.label,
      pipeline,
      bindings: [numbers(first, last), keys, rows],
      workgroups: count / RANK_BLOCK,
    });
  stage(rankSources.blocks, blocks, 2, RANK_BLOCK);
  for (let run = 2 * RANK_BLOCK; run <= count; run *= 2) {
    for (let stride = run / 2; stride >= RANK_BLOCK; stride /= 2) stage(rankSources.exchange, exchange, run, stride);
    stage(rankSources.blocks, blocks, run, run);
  }
}
