import type { Session } from '../../session/session.ts';
import type { Binding, Recorder } from '../../session/step.ts';
import { scoreOfOrderKey } from '../../wgsl/order-key.wgsl.ts';
import { type PreparedExclusiveScan, prepareExclusiveScan, scanBlock } from '../exclusive-scan/exclusive-scan.ts';
import { uniformData } from '../uniform-data.ts';
import type { SelectSide } from './certify-cut.ts';
import {
  type SelectVariant,
  selectBeginWgsl,
  selectBlock,
  selectCountWgsl,
  selectLanes,
  selectMarkWgsl,
  selectPickWgsl,
  selectRowsWgsl,
  selectStateBytes,
} from './select.wgsl.ts';

/** Existing buffer: scores f32 [n], no NaN; 1 <= count <= n. */
export interface SelectIo {
  readonly n: number;
  readonly scores: GPUBuffer;
  readonly count: number;
  readonly side: SelectSide;
}

/** What `encodeRows` leaves, of which `stateOf` tells how much there is. */
export interface SelectedRows {
  /** As `encode` returns it. */
  readonly state: GPUBuffer;
  /** [n]: rows on the near side of the cut, ascending, then those in doubt, ascending. */
  readonly rows: GPUBuffer;
  /** [n]: f32 scores of those in doubt. */
  readonly doubtScores: GPUBuffer;
}

/** The compiled kernel. */
export interface PreparedSelect {
  /** Records the search for the cut; the buffer it returns holds, in its first 4 bytes, what `cutScore` turns into a score. */
  encode(recorder: Recorder, io: SelectIo): GPUBuffer;
  /**
   * Records it and the search for the rows. In doubt is every row whose true score may be on either side of the `count`-th,
   * if all are within `errorBound` of their scores; with a bound above 0 a few more, for the roundings of f32.
   */
  encodeRows(recorder: Recorder, io: SelectIo & { readonly errorBound: number }): SelectedRows;
}

/**
 * Reckoned for GPUs; measured on lavapipe, where bytes do not bound it: a load of eight lanes is eight loads, and counting
 * one digit of eight scores is eight loads and eight stores more. Four counts, the marks and the rows read all scores, in
 * a dozen dispatches, which alone take more than a millisecond (20 000 scores take 1.7 ms).
 */
export const selectVariants = {
  gpu: { run: 'workgroup', rowsPerLane: 16, digits: [11, 11, 10] },
  software: { run: 'lane', rowsPerLane: 2032, digits: [8, 8, 8, 8] },
} as const satisfies Record<string, SelectVariant>;

const sourcesOf = (variant: SelectVariant, carryBlock: number) => ({
  begin: { label: `select: begin by ${variant.run}`, code: selectBeginWgsl(variant) },
  count: { label: `select: count by ${variant.run}`, code: selectCountWgsl(variant) },
  pick: { label: `select: pick by ${variant.run}`, code: selectPickWgsl(variant) },
  mark: { label: `select: mark by ${variant.run}`, code: selectMarkWgsl(variant) },
  rows: { label: `select: rows by ${variant.run}`, code: selectRowsWgsl(variant, carryBlock) },
});

/** What identifies the kernel's variants in records; `exclusive-scan` comes with those of `rank`. */
export const selectSources = Object.values(selectVariants).flatMap((variant) =>
  Object.values(sourcesOf(variant, scanBlock)),
);

const flipOf = (side: SelectSide) => (side === 'bottom' ? 0 : 0xffffffff);

/** The `count`-th score from the side, read from the buffer that `encode` returned. */
export function cutScore(state: ArrayBuffer, side: SelectSide): number {
  return scoreOfOrderKey((new Uint32Array(state)[0] ^ flipOf(side)) >>> 0);
}

/** The first bytes of the state that `encodeRows` leaves: `firstBad` is the first row whose score is not finite, 2^32 - 1 for none. */
export function stateOf(state: ArrayBuffer): { firstBad: number; sure: number; end: number } {
  const [, firstBad, sure, end] = new Uint32Array(state);
  return { firstBad, sure, end };
}
/** Bytes that `stateOf` and `cutScore` read. */
stateOf.bytes = 16;

type Compiled = Readonly<Record<keyof ReturnType<typeof sourcesOf>, GPUComputePipeline>>;

/** Compiles a variant. */
export async function prepareSelect(session: Session, variant: SelectVariant): Promise<PreparedSelect> {
  const scan = await prepareExclusiveScan(session);
  const sources = sourcesOf(variant, scan.block);
  const [begin, count, pick, mark, rows] = await Promise.all(
    [sources.begin, sources.count, sources.pick, sources.mark, sources.rows].map(session.pipeline),
  );
  const compiled: Compiled = { begin, count, pick, mark, rows };
  const dispatch = (recorder: Recorder, what: keyof Compiled, bindings: readonly Binding[], workgroups: number) =>
    recorder.dispatch({ label: sources[what].label, pipeline: compiled[what], bindings, workgroups });
  return {
    encode: (recorder, io) => encodeCut(variant, dispatch, recorder, io).buffer,
    encodeRows: (recorder, io) => encodeRows(variant, scan, dispatch, recorder, io),
  };
}

type DispatchOne = (recorder: Recorder, what: keyof Compiled, bindings: readonly Binding[], workgroups: number) => void;

function encodeCut(variant: SelectVariant, dispatch: DispatchOne, recorder: Recorder, io: SelectIo) {
  const { n, scores, count, side } = io;
  const stateBytes = selectStateBytes(variant);
  const state = { buffer: recorder.temporary(stateBytes, 'select: state'), size: stateBytes };
  const data = { buffer: scores, size: n * 4 };
  let shift = 32;
  for (const width of variant.digits) {
    const first = shift === 32;
    shift -= width;
    const params = { buffer: recorder.uniform(uniformData([n, count, flipOf(side), shift, width]), 'select: digit') };
    if (first) dispatch(recorder, 'begin', [params, state], 1);
    dispatch(recorder, 'count', [params, state, data], Math.ceil(n / selectBlock(variant)));
    dispatch(recorder, 'pick', [params, state], 1);
  }
  return state;
}

function encodeRows(
  variant: SelectVariant,
  scan: PreparedExclusiveScan,
  dispatch: DispatchOne,
  recorder: Recorder,
  io: SelectIo & { readonly errorBound: number },
): SelectedRows {
  const { n, scores, count, side, errorBound } = io;
  const state = encodeCut(variant, dispatch, recorder, io);
  const runs = Math.ceil(n / (variant.run === 'lane' ? variant.rowsPerLane : selectBlock(variant)));
  // Two bounds, a little more for the roundings, and what subnormal numbers lose when they are flushed to 0.
  const margin = errorBound === 0 ? 0 : Math.min(2 ** 126, (2 * errorBound * (1 + 2 ** -10)) / 16 + 2 ** -120);
  const numbers = uniformData([n, count, flipOf(side), 0, 0, runs], [margin]);
  const params = { buffer: recorder.uniform(numbers, 'select: rows') };
  const words = (length: number, what: string) => ({
    buffer: recorder.temporary(length * 4, `select: ${what}`),
    size: length * 4,
  });
  const data = { buffer: scores, size: n * 4 };
  const table = words(2 * runs, 'table');
  const rows = words(n, 'rows');
  const doubtScores = words(n, 'scores in doubt');
  const workgroups = Math.ceil(runs / (variant.run === 'lane' ? selectLanes(variant) : 1));
  dispatch(recorder, 'mark', [params, state, data, table], workgroups);
  const { carries, carryCount } = scan.encode(recorder, table.buffer, 2 * runs);
  const carry = { buffer: carries, size: carryCount * 4 };
  dispatch(recorder, 'rows', [params, state, data, table, carry, rows, doubtScores], workgroups);
  return { state: state.buffer, rows: rows.buffer, doubtScores: doubtScores.buffer };
}
