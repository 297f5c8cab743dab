import { InvalidInputError } from '../errors.ts';
import type { Matrix } from '../matrix.ts';

/** Throws InvalidInputError unless the matrix has the shape it says and at least one column. */
export function checkShape(kernel: string, name: string, { data, n, d }: Matrix): void {
  if (!Number.isSafeInteger(n) || n < 0)
    throw new InvalidInputError(`${kernel}: ${name}.n is ${n}, expected a whole number >= 0`);
  if (!Number.isSafeInteger(d) || d < 1)
    throw new InvalidInputError(`${kernel}: ${name}.d is ${d}, expected a whole number >= 1`);
  if (data.length !== n * d) {
    throw new InvalidInputError(
      `${kernel}: ${name} has ${data.length} values, expected n * d = ${n} * ${d} = ${n * d}`,
    );
  }
}

/** Throws InvalidInputError unless both matrices have as many columns. */
export function checkSameWidth(kernel: string, nameA: string, a: Matrix, nameB: string, b: Matrix): void {
  if (a.d !== b.d)
    throw new InvalidInputError(`${kernel}: ${nameA} has d = ${a.d}, ${nameB} has d = ${b.d}; expected the same`);
}

/** Throws InvalidInputError naming the first row that holds NaN or an infinity. */
export function checkFinite(kernel: string, name: string, { data, d }: Matrix): void {
  // 0 * x is 0 for every finite x and NaN for all others: one pass without a branch, in sums that do not wait for each other.
  let [s0, s1, s2, s3] = [0, 0, 0, 0];
  const whole = data.length - (data.length % 4);
  for (let at = 0; at < whole; at += 4) {
    s0 += 0 * data[at];
    s1 += 0 * data[at + 1];
    s2 += 0 * data[at + 2];
    s3 += 0 * data[at + 3];
  }
  for (let at = whole; at < data.length; at++) s0 += 0 * data[at];
  if (s0 + s1 + s2 + s3 === 0) return;
  const at = data.findIndex((value) => !Number.isFinite(value));
  throw new InvalidInputError(
    `${kernel}: ${name} row ${Math.floor(at / d)} holds ${data[at]} in column ${at % d}, expected finite numbers`,
    {
      hint: 'Look for a diverged training run or a division by zero where this row was made.',
    },
  );
}
