import type { RowChunk } from '../row-chunks.ts';

/** Rows of one class and one chunk that are summed one after the other. */
export const segmentRows = 256;

/** Rows in the order of their classes, cut into segments: the work of the kernel as data. */
export interface GroupedRows {
  /** [n] row numbers within their chunk, by chunk, then class, then row. */
  readonly rows: Uint32Array;
  /** [s, 3]: start and end in `rows`, and the slot of the sum. By chunk. */
  readonly segments: Uint32Array;
  /** Segments of each chunk: first and count. */
  readonly chunkSegments: readonly RowChunk[];
  /** [c, 3]: first slot, end slot, row count. Slots are by class, then chunk. */
  readonly classes: Uint32Array;
  readonly classCounts: Uint32Array;
}

/** Groups by a counting sort, so the order of rows within a class stays. */
export function groupRowsByClass(labels: Uint32Array, classCount: number, chunks: readonly RowChunk[]): GroupedRows {
  const rows = new Uint32Array(labels.length);
  const classCounts = new Uint32Array(classCount);
  const found: { chunk: number; label: number; start: number; end: number }[] = [];
  for (const [chunk, { first, count }] of chunks.entries()) {
    const next = new Uint32Array(classCount + 1);
    for (let row = first; row < first + count; row++) next[labels[row] + 1]++;
    for (let label = 0; label < classCount; label++) {
      const size = next[label + 1];
      classCounts[label] += size;
      next[label + 1] += next[label];
      const end = first + next[label + 1];
      for (let start = end - size; start < end; start += segmentRows) {
        found.push({ chunk, label, start, end: Math.min(end, start + segmentRows) });
      }
    }
    for (let row = first; row < first + count; row++) rows[first + next[labels[row]]++] = row - first;
  }
  const segments = new Uint32Array(found.length * 3);
  const classes = new Uint32Array(classCount * 3);
  const slots = new Uint32Array(classCount + 1);
  for (const { label } of found) slots[label + 1]++;
  for (let label = 0; label < classCount; label++) {
    slots[label + 1] += slots[label];
    classes.set([slots[label], slots[label + 1], classCounts[label]], label * 3);
  }
  for (const [at, { label, start, end }] of found.entries()) segments.set([start, end, slots[label]++], at * 3);
  let first = 0;
  const chunkSegments = chunks.map((_, chunk) => {
    const count = found.filter((segment) => segment.chunk === chunk).length;
    first += count;
    return { first: first - count, count };
  });
  return { rows, segments, chunkSegments, classes, classCounts };
}
