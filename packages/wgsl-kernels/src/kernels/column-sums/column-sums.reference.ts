import type { Matrix } from '../../matrix.ts';

/** The sum of each column in float64, in the order of the rows. Inputs are not checked. */
export function columnSumsReference({ data, n, d }: Matrix): Float64Array {
  const sums = new Float64Array(d);
  for (let row = 0; row < n; row++) for (let column = 0; column < d; column++) sums[column] += data[row * d + column];
  return sums;
}
