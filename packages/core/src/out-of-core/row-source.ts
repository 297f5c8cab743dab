import { InvalidInputError, type Matrix } from '@csx/wgsl-kernels';

/** Rows of f32 values that need not be in memory as a whole: a file of latents, or a matrix. */
export interface RowSource {
  /** What errors call it, such as a path. */
  readonly name: string;
  readonly n: number;
  readonly d: number;
  /** Writes rows `first` to `first + count`, row-major, at the start of `into`. One call at a time for each source. */
  read(first: number, count: number, into: Float32Array): Promise<void>;
}

/**
 * The rows of a matrix in memory.
 *
 * @throws InvalidInputError where it does not hold n * d values.
 */
export function matrixRows({ data, n, d }: Matrix, name: string): RowSource {
  if (data.length !== n * d)
    throw new InvalidInputError(`${name}: ${data.length} values, expected n * d = ${n} * ${d} = ${n * d}`);
  return {
    name,
    n,
    d,
    read: async (first, count, into) => into.set(data.subarray(first * d, (first + count) * d)),
  };
}

/**
 * Rows of a source as a matrix at the start of `into`.
 *
 * @throws InvalidInputError naming the first row, as the source counts them, with NaN or an infinity.
 */
export async function readRows(source: RowSource, first: number, count: number, into: Float32Array): Promise<Matrix> {
  const { name, d } = source;
  await source.read(first, count, into);
  const data = into.subarray(0, count * d);
  // 0 * x is 0 for every finite x and NaN for all others: one pass without a branch.
  let sum = 0;
  for (let at = 0; at < data.length; at++) sum += 0 * data[at];
  if (sum !== 0) {
    const at = data.findIndex((value) => !Number.isFinite(value));
    throw new InvalidInputError(
      `${name}: row ${first + Math.floor(at / d)} holds ${data[at]} in column ${at % d}, expected finite f32 numbers`,
      { hint: 'Look for a diverged training run or a division by zero where this row was made.' },
    );
  }
  return { data, n: count, d };
}
