import type { Matrix } from '@csx/wgsl-kernels';

/**
 * Euclidean distances of one row to others, in float64, summed in index order: for decisions that neighbors alone do not
 * settle, and which must not hang on an adapter's rounding. Four rows at a time: their sums do not wait for each other.
 */
export function distancesTo({ data, d }: Matrix, row: number, others: Uint32Array): Float64Array {
  const distances = new Float64Array(others.length);
  const own = Float64Array.from(data.subarray(row * d, (row + 1) * d));
  const last = others.length - 1;
  for (let at = 0; at <= last; at += 4) {
    const b0 = others[at] * d;
    const b1 = others[Math.min(at + 1, last)] * d;
    const b2 = others[Math.min(at + 2, last)] * d;
    const b3 = others[Math.min(at + 3, last)] * d;
    let s0 = 0;
    let s1 = 0;
    let s2 = 0;
    let s3 = 0;
    for (let j = 0; j < d; j++) {
      const x = own[j];
      const d0 = x - data[b0 + j];
      const d1 = x - data[b1 + j];
      const d2 = x - data[b2 + j];
      const d3 = x - data[b3 + j];
      s0 += d0 * d0;
      s1 += d1 * d1;
      s2 += d2 * d2;
      s3 += d3 * d3;
    }
    distances[at] = Math.sqrt(s0);
    if (at + 1 <= last) distances[at + 1] = Math.sqrt(s1);
    if (at + 2 <= last) distances[at + 2] = Math.sqrt(s2);
    if (at + 3 <= last) distances[at + 3] = Math.sqrt(s3);
  }
  return distances;
}
