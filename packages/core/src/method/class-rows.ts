import type { Matrix } from '@csx/wgsl-kernels';

/** The rows of each class, ascending: `[c]` arrays whose lengths are the class counts. */
export function rowsByClass(labels: Uint32Array, classCount: number): Uint32Array[] {
  const counts = new Uint32Array(classCount);
  for (const label of labels) counts[label] += 1;
  const rows = Array.from(counts, (count) => new Uint32Array(count));
  counts.fill(0);
  labels.forEach((label, row) => {
    rows[label][counts[label]++] = row;
  });
  return rows;
}

/** The named rows of a matrix, in the order named: `[rows.length, d]`. Where it lies on a device, so do rows without a gap. */
export function gatherRows(matrix: Matrix, rows: Uint32Array): Matrix {
  const { d } = matrix;
  const data = new Float32Array(rows.length * d);
  rows.forEach((row, i) => {
    data.set(matrix.data.subarray(row * d, (row + 1) * d), i * d);
  });
  const gathered = { data, n: rows.length, d };
  const { resident } = matrix;
  if (resident?.data !== matrix.data || rows.length === 0 || rows.some((row, i) => row !== rows[0] + i))
    return gathered;
  return { ...gathered, resident: { ...resident, firstRow: resident.firstRow + rows[0], data } };
}
