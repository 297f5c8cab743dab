import type { Matrix } from '@csx/wgsl-kernels';

/** The rows of one class. */
export function rowsOf({ data, d }: Matrix, labels: Uint32Array, label: number): Matrix {
  const rows = Array.from(labels.keys()).filter((row) => labels[row] === label);
  const own = new Float32Array(rows.length * d);
  rows.forEach((row, at) => {
    own.set(data.subarray(row * d, (row + 1) * d), at * d);
  });
  return { data: own, n: rows.length, d };
}
