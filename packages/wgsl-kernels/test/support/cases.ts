import { type Matrix, philox4x32Fill } from '../../src/index.ts';

/** Row counts on both sides of a workgroup of `workgroup` rows, and a prime. */
export const rowCounts = (workgroup: number): readonly number[] =>
  [...new Set([0, 1, 2, workgroup - 1, workgroup, workgroup + 1, 2 * workgroup + 3, 1009])].sort((a, b) => a - b);

export const dimensions = [1, 3, 4, 64, 67] as const;

export const classCounts = [1, 2, 6, 7, 10, 100] as const;

/** Uniform numbers in [0, 1) with 24 bits, the same on every machine. */
export function uniform(count: number, seed: number): Float32Array {
  const bits = new Uint32Array(count);
  philox4x32Fill(bits, [0, 0, 0, 0], [seed, 0x7e57]);
  return Float32Array.from(bits, (word) => (word >>> 8) * 2 ** -24);
}

/** How the values of a test matrix are made. */
export interface MatrixKind {
  readonly name: string;
  /** From the row, column and a uniform number to a value. */
  readonly value: (u: number, row: number, column: number) => number;
}

/** The kinds of data that every kernel on latents meets. */
export const matrixKinds: readonly MatrixKind[] = [
  { name: 'uniform in [-1, 1)', value: (u) => 2 * u - 1 },
  { name: 'large offset', value: (u) => 1e4 + u },
  { name: 'ties: few small integers', value: (u) => Math.floor(3 * u) - 1 },
  { name: 'duplicates: all rows equal', value: (_u, _row, column) => Math.sin(column + 1) },
  { name: 'denormals', value: (u) => (2 * u - 1) * 1e-39 },
  { name: 'half of it zero, as after ReLU', value: (u) => Math.max(0, 2 * u - 1) },
];

/** A matrix of one kind; other seeds give other numbers. */
export function makeMatrix(n: number, d: number, seed: number, kind: MatrixKind = matrixKinds[0]): Matrix {
  const data = uniform(n * d, seed).map((u, at) => kind.value(u, Math.floor(at / d), at % d));
  return { data, n, d };
}

/** The rows of a matrix in another order: row `i` of the result is row `order[i]`. */
export function permuteRows(matrix: Matrix, order: ArrayLike<number>): Matrix {
  const { d } = matrix;
  const data = new Float32Array(order.length * d);
  for (let row = 0; row < order.length; row++)
    data.set(matrix.data.subarray(order[row] * d, (order[row] + 1) * d), row * d);
  return { data, n: order.length, d };
}

/** A permutation of 0 .. n-1. */
export function permutation(n: number, seed: number): Uint32Array {
  const keys = uniform(n, seed);
  return Uint32Array.from({ length: n }, (_, at) => at).sort((a, b) => keys[a] - keys[b] || a - b);
}
