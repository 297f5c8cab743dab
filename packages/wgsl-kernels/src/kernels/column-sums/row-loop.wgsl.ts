import type { RowRuns } from './row-runs.ts';

export const workgroupSize = 64;

/** Columns that one invocation takes side by side: four where the rows are made of whole vectors. */
export function vectorWidth(columns: number): 1 | 4 {
  return columns % 4 === 0 ? 4 : 1;
}

/**
 * The rows of run `id / groups` in the columns `id % groups`: neighboring lanes read neighboring columns. Four rows at a
 * time as long as there are four, written out, so that their loads are under way together. `four` and `one` are given the
 * indices as text. Declares `group`, `first_row`, `row_count` and `at`.
 */
export function rowLoopWgsl(
  { rows, length }: RowRuns,
  groups: number,
  before: string,
  four: (at: readonly string[]) => string,
  one: (at: string) => string,
): string {
  return /* wgsl */ `
  let group = id % ${groups}u;
  let first_row = (id / ${groups}u) * ${length}u;
  let row_count = min(${length}u, ${rows}u - first_row);
  var at = first_row * ${groups}u + group;
  ${before}
  var left = row_count;
  for (; left >= 4u; left -= 4u) {
    ${four(['at', `at + ${groups}u`, `at + ${2 * groups}u`, `at + ${3 * groups}u`])}
    at += ${4 * groups}u;
  }
  for (; left > 0u; left -= 1u) {
    ${one('at')}
    at += ${groups}u;
  }`;
}
