import type { Matrix } from '../matrix.ts';

const low = 2 ** -40;
const high = 2 ** 40;

/**
 * The same matrix with the rows whose largest value leaves [2^-40, 2^40] scaled by a power of two. The cosine does not
 * change by it (the scaling is exact), and no square over- or underflows on the GPU, which may flush denormals.
 */
export function scaleRowsForCosine(matrix: Matrix): Matrix {
  const { data, n, d } = matrix;
  let scaled: Float32Array | undefined;
  for (let row = 0; row < n; row++) {
    let largest = 0;
    for (let at = row * d; at < (row + 1) * d; at++) {
      const size = Math.abs(data[at]);
      if (size > largest) largest = size;
    }
    if (largest === 0 || (largest >= low && largest <= high)) continue;
    scaled ??= data.slice();
    const factor = 2 ** -Math.floor(Math.log2(largest));
    for (let at = row * d; at < (row + 1) * d; at++) scaled[at] = data[at] * factor;
  }
  return scaled ? { data: scaled, n, d } : matrix;
}
