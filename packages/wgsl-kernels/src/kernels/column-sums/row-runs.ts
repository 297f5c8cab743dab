import type { Session } from '../../session/session.ts';

/** `rows` rows cut into `count` runs of `length` rows; the last run may be shorter. One invocation takes a run. */
export interface RowRuns {
  readonly rows: number;
  readonly length: number;
  readonly count: number;
}

/** Rows that the last dispatch takes at once. */
export const mostAtOnce = 64;
/** Runs are no longer than this, so that the error bounds hold on every adapter. */
export const longestRun = 128;
export const shortestRun = 16;

/** Lanes that keep the memory busy: an H100 holds 270 000, each with four loads under way; a CPU only wants long runs. */
const wantedLanes = { gpu: 65_536, software: 1024 };

export function rowRuns(rows: number, length: number): RowRuns {
  return { rows, length, count: Math.ceil(rows / length) };
}

/** The runs of a pass over [rows, groups] data, one lane for each run and group of columns. */
export function dataRuns(session: Session, rows: number, groups: number): RowRuns {
  const lanes = session.isSoftware ? wantedLanes.software : wantedLanes.gpu;
  const length = Math.ceil((rows * groups) / lanes / 4) * 4;
  return rowRuns(rows, Math.min(rows, Math.max(shortestRun, Math.min(longestRun, length))));
}

/** The passes over the results of `count` runs until at most `mostAtOnce` are left: none, if so few there are. */
export function partialRuns(count: number): RowRuns[] {
  const passes: RowRuns[] = [];
  for (let left = count; left > mostAtOnce; left = passes[passes.length - 1].count) {
    // Two passes of about the root where two suffice.
    passes.push(rowRuns(left, Math.min(mostAtOnce, Math.ceil(Math.sqrt(left)))));
  }
  return passes;
}

/** Additions that a value passes through in one run: two within its four, one for each four, three behind them. */
export const additionsOfRun = (length: number) => length / 4 + 5;

/** Additions that a value passes through in all passes over `rows` rows, at most, on any adapter. */
export function additionsOfSum(rows: number): number {
  const later = partialRuns(Math.ceil(rows / shortestRun));
  const first = additionsOfRun(Math.min(rows, longestRun));
  return later.reduce((sum, { length }) => sum + additionsOfRun(length), first + additionsOfRun(mostAtOnce));
}

/** The runs of a pass that writes as many values as it reads: short on a GPU, to have many; a CPU pays for each lane. */
export function elementRuns(session: Session, rows: number): RowRuns {
  return rowRuns(rows, session.isSoftware ? 32 : 4);
}
