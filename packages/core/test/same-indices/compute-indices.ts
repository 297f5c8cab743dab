import type { Matrix } from '@csx/wgsl-kernels';
import { readNpz } from '../../src/files/npz.ts';
import type { LatentOps } from '../../src/latent-ops/latent-ops.ts';

/** The indices that the method takes from one set of latents, by what they are. */
export type Indices = Readonly<Record<string, readonly number[]>>;

/** Major and minor class of the pairs to try; with ten classes, CIFAR-10's of the paper. */
function classPairs(classCount: number): readonly (readonly [number, number])[] {
  if (classCount < 10) return [[0, 1]];
  return [
    [0, 1],
    [9, 8],
    [7, 4],
    [6, 2],
    [5, 3],
  ];
}

function rowsOf(matrix: Matrix, rows: readonly number[]): Matrix {
  const data = new Float32Array(rows.length * matrix.d);
  rows.forEach((row, i) => data.set(matrix.data.subarray(row * matrix.d, (row + 1) * matrix.d), i * matrix.d));
  return { data, n: rows.length, d: matrix.d };
}

/**
 * Pairing and selection of a set of latents, an npz file with `latents` [n, d], `labels` [n] and `logits` [n, c]:
 * the 1 and 3 nearest minor rows of each major row, and the 30 % of the major rows least and most sure of themselves.
 */
export async function computeIndices(ops: LatentOps, npz: Uint8Array, name: string): Promise<Indices> {
  const arrays = readNpz(npz, name);
  const matrix = (key: string): Matrix => {
    const array = arrays.get(key);
    if (array?.dtype !== 'float32') throw new Error(`${name}: no float32 array "${key}"`);
    return { data: array.data as Float32Array, n: array.shape[0], d: array.shape[1] };
  };
  const latents = matrix('latents');
  const logits = matrix('logits');
  const labels = [...(arrays.get('labels')?.data ?? [])].map(Number);
  const found: Record<string, readonly number[]> = {};
  for (const [major, minor] of classPairs(logits.d)) {
    const majorRows = labels.flatMap((label, row) => (label === major ? [row] : []));
    const minorRows = labels.flatMap((label, row) => (label === minor ? [row] : []));
    if (majorRows.length === 0 || minorRows.length < 3)
      throw new Error(`${name}: too few rows of ${major} or ${minor}`);
    const pair = `${major}-${minor}`;
    for (const k of [1, 3]) {
      const { indices } = await ops.nearest(rowsOf(latents, majorRows), rowsOf(latents, minorRows), k, 'squared-l2');
      found[`${pair} nearest ${k}`] = [...indices];
    }
    for (const side of ['bottom', 'top'] as const) {
      const { rows } = await ops.select({
        logits: rowsOf(logits, majorRows),
        labels: new Uint32Array(majorRows.length).fill(major),
        count: Math.round(0.3 * majorRows.length),
        side,
      });
      found[`${pair} ${side}`] = [...rows];
    }
  }
  return found;
}
