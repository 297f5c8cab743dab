import type { RowSource } from './row-source.ts';

/** Values that are read in one go to take rows out of them. */
const runValues = 2 ** 20;
/** Rows between two wanted ones that are cheaper to read along than to begin anew. */
const gapValues = 2 ** 15;

/** Writes the named rows, ascending, at the start of `into`: neighbouring ones are read together. */
export async function gatherSourceRows(source: RowSource, rows: Uint32Array, into: Float32Array): Promise<void> {
  const { d } = source;
  const most = Math.max(1, Math.floor(runValues / d));
  const gap = Math.max(1, Math.floor(gapValues / d));
  let space: Float32Array | undefined;
  for (let begin = 0; begin < rows.length; ) {
    let end = begin + 1;
    while (end < rows.length && rows[end] - rows[end - 1] <= gap && rows[end] - rows[begin] < most) end++;
    const first = rows[begin];
    const span = rows[end - 1] - first + 1;
    if (span === end - begin) await source.read(first, span, into.subarray(begin * d, end * d));
    else {
      space ??= new Float32Array(most * d);
      await source.read(first, span, space);
      for (let at = begin; at < end; at++)
        into.set(space.subarray((rows[at] - first) * d, (rows[at] - first + 1) * d), at * d);
    }
    begin = end;
  }
}

/** Some rows of a source, ascending, as a source of their own. */
export function someRows(source: RowSource, rows: Uint32Array, name: string): RowSource {
  return {
    name,
    n: rows.length,
    d: source.d,
    read: (first, count, into) => gatherSourceRows(source, rows.subarray(first, first + count), into),
  };
}

/** The same rows without repetition, ascending, and where each stands among them. */
export function distinctRows(rows: Uint32Array): { distinct: Uint32Array; places: Uint32Array } {
  const sorted = rows.slice().sort();
  let count = 0;
  for (let at = 0; at < sorted.length; at++)
    if (at === 0 || sorted[at] !== sorted[at - 1]) sorted[count++] = sorted[at];
  const distinct = sorted.slice(0, count);
  const placeOf = new Map<number, number>();
  distinct.forEach((row, place) => {
    placeOf.set(row, place);
  });
  return { distinct, places: rows.map((row) => placeOf.get(row) ?? 0) };
}
