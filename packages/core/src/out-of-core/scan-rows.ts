import { InvalidInputError } from '@csx/wgsl-kernels';
import type { RowSource } from './row-source.ts';

const mostListed = 10;
/** Values that are read at a time. */
const blockValues = 2 ** 21;

/** Calls back with one block of rows after the other; the values are used again for the next. */
export async function eachBlock(
  source: RowSource,
  use: (values: Float32Array, first: number, count: number) => Promise<void> | void,
  signal?: AbortSignal,
): Promise<void> {
  const { n, d } = source;
  const blockRows = Math.max(1, Math.min(n, Math.floor(blockValues / d)));
  const space = new Float32Array(blockRows * d);
  for (let first = 0; first < n; first += blockRows) {
    signal?.throwIfAborted();
    const count = Math.min(blockRows, n - first);
    await source.read(first, count, space);
    await use(space.subarray(0, count * d), first, count);
  }
}

/** What one pass over all rows finds. */
export interface RowScan {
  /** [c, d] in float64, row-major: the mean of each class, zeros for one without rows. */
  readonly classMeans: Float64Array;
  /** [d]: mean and standard deviation of each column. */
  readonly means: Float64Array;
  readonly deviations: Float64Array;
}

/**
 * Means of classes and columns, in float64 and in the order of the rows.
 *
 * @throws InvalidInputError listing up to ten rows with NaN or infinity, among them values beyond the range of f32.
 */
export async function scanRows(
  source: RowSource,
  labels: Uint32Array,
  classCount: number,
  options: { readonly onProgress?: (doneRows: number) => void; readonly signal?: AbortSignal } = {},
): Promise<RowScan> {
  const { name, n, d } = source;
  const classMeans = new Float64Array(classCount * d);
  const counts = new Float64Array(classCount);
  // Around the first row, so that a large offset does not swallow the deviations.
  let origin: Float32Array | undefined;
  const sums = new Float64Array(d);
  const squares = new Float64Array(d);
  const listed: string[] = [];
  let badCount = 0;
  await eachBlock(
    source,
    (values, first, count) => {
      origin ??= values.slice(0, d);
      for (let row = 0; row < count; row++) {
        const label = labels[first + row];
        const at = row * d;
        counts[label]++;
        let check = 0;
        for (let j = 0; j < d; j++) {
          const value = values[at + j];
          // 0 * x is NaN for NaN and infinity.
          check += 0 * value;
          classMeans[label * d + j] += value;
          const moved = value - origin[j];
          sums[j] += moved;
          squares[j] += moved * moved;
        }
        if (check !== 0 && badCount++ < mostListed) {
          const column = values.subarray(at, at + d).findIndex((value) => !Number.isFinite(value));
          listed.push(`row ${first + row} (${values[at + column]} in column ${column})`);
        }
      }
      options.onProgress?.(first + count);
    },
    options.signal,
  );
  if (badCount > 0) {
    const rest = badCount > mostListed ? ` and ${badCount - mostListed} more` : '';
    throw new InvalidInputError(`${name}: ${badCount} rows hold NaN or infinity: ${listed.join(', ')}${rest}`, {
      hint: 'Leave these rows out, or find out what made them.',
    });
  }
  for (let k = 0; k < classCount; k++)
    for (let j = 0; j < d; j++) if (counts[k] > 0) classMeans[k * d + j] /= counts[k];
  return {
    classMeans,
    means: sums.map((sum, j) => (n === 0 ? 0 : (origin?.[j] ?? 0) + sum / n)),
    deviations: squares.map((square, j) => Math.sqrt(Math.max(0, square / n - (sums[j] / n) ** 2))),
  };
}
