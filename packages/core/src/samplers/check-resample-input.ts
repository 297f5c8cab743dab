import { InvalidInputError, type Matrix } from '@csx/wgsl-kernels';
import type { ClassRows } from './sampling-strategy.ts';

const mostNamed = 10;

/** The first ten numbers, and how many there are beyond. */
function nameUpTo(numbers: readonly number[]): string {
  const rest = numbers.length - mostNamed;
  return numbers.slice(0, mostNamed).join(', ') + (rest > 0 ? ` and ${rest} more` : '');
}

/** The classes of some rows by label, ascending. Throws InvalidInputError for labels that are not whole numbers from 0. */
export function classesOf(labels: ArrayLike<number>): ClassRows[] {
  const rows = new Map<number, number[]>();
  const bad: number[] = [];
  for (let row = 0; row < labels.length; row++) {
    const label = labels[row];
    if (!Number.isInteger(label) || label < 0 || label > 0xffffffff) {
      bad.push(row);
      continue;
    }
    const found = rows.get(label);
    if (found) found.push(row);
    else rows.set(label, [row]);
  }
  if (bad.length > 0)
    throw new InvalidInputError(
      `resample: expected labels that are whole numbers from 0, got ${labels[bad[0]]} in row ${bad[0]}; such rows: ${nameUpTo(bad)}`,
    );
  return [...rows].sort(([a], [b]) => a - b).map(([label, own]) => ({ label, rows: Uint32Array.from(own) }));
}

/** Throws InvalidInputError unless there is a label for each row, and all rows are finite: up to ten others are named. */
export function checkLatents({ data, n, d }: Matrix, labelCount: number): void {
  if (!Number.isSafeInteger(d) || d < 1 || data.length !== n * d)
    throw new InvalidInputError(`resample: latents have ${data.length} values, expected n x d = ${n} x ${d}`);
  if (labelCount !== n)
    throw new InvalidInputError(`resample: got ${labelCount} labels for ${n} rows, expected one a row`);
  const bad: number[] = [];
  for (let row = 0; row < n; row++) {
    // x - x is 0 for every finite x and NaN for all others.
    let sum = 0;
    for (let at = row * d; at < (row + 1) * d; at++) sum += data[at] - data[at];
    if (sum !== 0) bad.push(row);
  }
  if (bad.length > 0)
    throw new InvalidInputError(`resample: latents are NaN or infinite in ${bad.length} rows: ${nameUpTo(bad)}`, {
      hint: 'leave these rows out, or find out what made them',
    });
}
