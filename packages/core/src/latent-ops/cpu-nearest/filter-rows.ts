import type { DistanceMetric, Matrix } from '@csx/wgsl-kernels';
import { filterBounds, largestSquaredLength } from './filter.bounds.ts';

/** Writes rows as the filter takes them (filter.bounds.ts): d + 1 values each. */
export interface RowWriter {
  /**
   * Writes `count` rows of the base from `first` on, fills up `target` with rows that are too far away for all queries,
   * and returns false if one is out of range.
   */
  base(first: number, count: number, target: Float32Array): boolean;
  /** Writes rows of the queries, and for each what makes a lower bound of its scores, which is -Infinity out of range. */
  queries(query: Matrix, rows: Uint32Array, target: Float32Array, offsets: Float64Array): void;
}

/** Above all scores of rows in range. */
const farScore = 2 ** 120;
/** Rows whose mean is near enough to that of all: any center would do. */
const mostMeanRows = 1024;

/** What is taken from each row: rows near zero have short sums, and so small errors. A cosine has no offset. */
function centerOf({ data, n, d }: Matrix, metric: DistanceMetric): Float32Array {
  if (metric === 'cosine') return new Float32Array(d);
  const sums = new Float64Array(d);
  const count = Math.min(n, mostMeanRows);
  for (let i = 0; i < count; i++) {
    const from = Math.floor((i * n) / count) * d;
    for (let j = 0; j < d; j++) sums[j] += data[from + j];
  }
  return Float32Array.from(sums, (sum) => sum / count);
}

function inverseLength(data: Float32Array, from: number, d: number): number {
  let squares = 0;
  for (let j = from; j < from + d; j++) squares += data[j] * data[j];
  return squares === 0 ? 0 : 1 / Math.sqrt(squares);
}

export function createRowWriter(base: Matrix, metric: DistanceMetric): RowWriter {
  const { d } = base;
  const width = d + 1;
  const bounds = filterBounds(d);
  const center = centerOf(base, metric);
  const cosine = metric === 'cosine';

  /** `factor` times a row, rounded to f32 before; its squared length without the factor. */
  const write = ({ data }: Matrix, row: number, factor: number, target: Float32Array, to: number): number => {
    const from = row * d;
    const scale = cosine ? inverseLength(data, from, d) : 1;
    let squares = 0;
    for (let j = 0; j < d; j++) {
      const value = Math.fround((data[from + j] - center[j]) * scale);
      squares += value * value;
      target[to + j] = factor * value;
    }
    // A row of zeros has cosine distance 1 to all: as if of length 1, and at right angles to all.
    return cosine && squares === 0 ? 1 : squares;
  };

  return {
    base(first, count, target) {
      for (let row = 0; row < count; row++) {
        const squares = write(base, first + row, 1, target, row * width);
        if (!(squares <= largestSquaredLength)) return false;
        target[row * width + d] = (1 - bounds.base) * squares;
      }
      target.fill(0, count * width);
      for (let at = count * width + d; at < target.length; at += width) target[at] = farScore;
      return true;
    },
    queries(query, rows, target, offsets) {
      for (let at = 0; at < rows.length; at++) {
        const squares = write(query, rows[at], -2, target, at * width);
        target[at * width + d] = 1;
        offsets[at] = (1 - bounds.query) * squares - bounds.absolute;
        if (squares <= largestSquaredLength) continue;
        target.fill(0, at * width, at * width + d);
        offsets[at] = Number.NEGATIVE_INFINITY;
      }
    },
  };
}
