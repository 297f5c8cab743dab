import { InvalidInputError } from '@csx/wgsl-kernels';

/**
 * How many rows each class has.
 *
 * @param labels [n] class of each row.
 * @param classCount c.
 * @param rows which rows to count; all when left out.
 * @returns [c]
 * @throws InvalidInputError for a label that is not a class, or a row that does not exist.
 */
export function countClasses(labels: Uint8Array, classCount: number, rows?: Uint32Array): Uint32Array {
  const counts = new Uint32Array(classCount);
  const n = rows?.length ?? labels.length;
  for (let i = 0; i < n; i++) {
    const row = rows ? rows[i] : i;
    if (row >= labels.length)
      throw new InvalidInputError(`class-counts: row ${row}, but there are ${labels.length} rows`);
    const label = labels[row];
    if (label >= classCount) {
      throw new InvalidInputError(`class-counts: row ${row} has label ${label}, expected 0 to ${classCount - 1}`);
    }
    counts[label]++;
  }
  return counts;
}
