import { InvalidOptionError } from '../../errors.ts';
import type { Session } from '../../session/session.ts';
import type { Recorder } from '../../session/step.ts';
import {
  exclusiveScanSources,
  type PreparedExclusiveScan,
  prepareExclusiveScan,
  scanBlock,
} from '../exclusive-scan/exclusive-scan.ts';
import { uniformData } from '../uniform-data.ts';
import { checkScores, type RankOrder } from './rank.reference.ts';
import {
  RANK_BINS,
  type RankPass,
  type RankVariant,
  rankCountWgsl,
  rankLanes,
  rankRunRows,
  rankScatterWgsl,
} from './rank.wgsl.ts';

export interface RankInput {
  /** [n] f32, infinities allowed, no NaN. */
  readonly scores: Float32Array;
  /** `ascending` unless told. */
  readonly order?: RankOrder;
}

/** Existing buffers: scores f32 [n] and order u32 [n]. */
export interface RankIo {
  readonly n: number;
  readonly scores: GPUBuffer;
  readonly order: GPUBuffer;
  readonly direction: RankOrder;
}

/** The compiled kernel. */
export interface PreparedRank {
  /** Records the sort. NaNs, which `run` refuses, stand beyond the infinities of their sign. */
  encode(recorder: Recorder, io: RankIo): void;
}

export interface Rank {
  prepare(): Promise<PreparedRank>;
  /** Uploads, sorts and reads back: [n] row indices, first in the order first. */
  run(input: RankInput): Promise<Uint32Array>;
}

const passes: readonly RankPass[] = ['first', 'middle', 'last'];

function sourcesOf(variant: RankVariant, scanBlock: number) {
  const scatter = (pass: RankPass) => ({
    label: `rank: scatter by ${variant.run}, ${pass} pass`,
    code: rankScatterWgsl(variant, pass, scanBlock),
  });
  return { count: { label: `rank: count by ${variant.run}`, code: rankCountWgsl(variant) }, scatter };
}

/** Reckoned for GPUs, where 2048 rows a workgroup fill the least workgroup memory that WebGPU grants; measured on lavapipe. */
export const rankVariants = {
  gpu: { run: 'workgroup', rowsPerLane: 8 },
  software: { run: 'lane', rowsPerLane: 2032 },
} as const satisfies Record<string, RankVariant>;

/** What identifies the kernel's variants in records. */
export const rankSources = [
  ...Object.values(rankVariants).flatMap((variant) => {
    const { count, scatter } = sourcesOf(variant, scanBlock);
    return [count, ...passes.map(scatter)];
  }),
  ...exclusiveScanSources,
];

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
 * Deterministic and exact: a stable sort of integers that order as the scores do. So there is no error bound.
 * A radix sort from the lowest digit, 8 bits a pass: runs of rows count their digits, the counts are summed digit
 * by digit and run by run, and each run moves its rows to where its digits begin. 72 bytes a row over the four passes
 * (digits of 4 bits: 152), and four dispatches each. No workgroup waits for another.
 * Throws InvalidInputError for NaN; InvalidOptionError for an unknown order; LimitExceededError when n
 * rows do not fit in one binding (2^25 rows at 128 MiB).
 * Source: Satish, Harris, Garland 2009, "Designing efficient sorting algorithms for manycore GPUs".
 */
export function createRank(
  session: Session,
  variant: RankVariant = session.isSoftware ? rankVariants.software : rankVariants.gpu,
): Rank {
  async function prepare(): Promise<PreparedRank> {
    const scan = await prepareExclusiveScan(session);
    const sources = sourcesOf(variant, scan.block);
    const [count, first, middle, last] = await Promise.all([
      session.pipeline(sources.count),
      ...passes.map((pass) => session.pipeline(sources.scatter(pass))),
    ]);
    const compiled: CompiledRank = { count, scatter: { first, middle, last }, scan, variant };
    return { encode: (recorder, io) => encodeRank(compiled, recorder, io) };
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
        const order = step.temporary(n * 4, 'rank: order');
        encode(step, { n, scores: step.upload(scores, 'rank: scores'), order, direction });
        return [{ buffer: order, bytes: n * 4 }];
      });
      return new Uint32Array(bytes);
    },
  };
}

interface CompiledRank {
  readonly count: GPUComputePipeline;
  readonly scatter: Readonly<Record<RankPass, GPUComputePipeline>>;
  readonly scan: PreparedExclusiveScan;
  readonly variant: RankVariant;
}

function encodeRank({ count, scatter, scan, variant }: CompiledRank, recorder: Recorder, io: RankIo): void {
  const { n, scores, order, direction } = io;
  if (n === 0) return;
  const runs = Math.ceil(n / rankRunRows(variant));
  const workgroups = variant.run === 'workgroup' ? runs : Math.ceil(runs / rankLanes(variant));
  const rowsOf = (buffer: GPUBuffer) => ({ buffer, size: n * 4 });
  const temporary = (what: string) => rowsOf(recorder.temporary(n * 4, `rank: ${what}`));
  // The passes write to each of the two in turn, the last one to `order`.
  const rows = [temporary('rows'), rowsOf(order)];
  const keys = [temporary('scores'), temporary('scores')];
  const table = { buffer: recorder.temporary(RANK_BINS * runs * 4, 'rank: table'), size: RANK_BINS * runs * 4 };
  const flip = direction === 'ascending' ? 0 : 0xffffffff;
  for (let digit = 0; digit < 4; digit++) {
    const params = {
      buffer: recorder.uniform(uniformData([n, runs, 8 * digit, flip, variant.rowsPerLane]), 'rank: params'),
    };
    const from = digit === 0 ? rowsOf(scores) : keys[(digit + 1) % 2];
    recorder.dispatch({
      label: `rank: count by ${variant.run}`,
      pipeline: count,
      bindings: [params, from, table],
      workgroups,
    });
    const { carries, carryCount } = scan.encode(recorder, table.buffer, RANK_BINS * runs);
    const pass = digit === 0 ? 'first' : digit === 3 ? 'last' : 'middle';
    recorder.dispatch({
      label: `rank: scatter by ${variant.run}, ${pass} pass`,
      pipeline: scatter[pass],
      bindings: [
        params,
        from,
        table,
        { buffer: carries, size: carryCount * 4 },
        ...(pass === 'first' ? [] : [rows[(digit + 1) % 2]]),
        rows[digit % 2],
        ...(pass === 'last' ? [] : [keys[digit % 2]]),
      ],
      workgroups,
    });
  }
}
