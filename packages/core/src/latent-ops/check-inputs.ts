import { InvalidInputError, InvalidOptionError, type Matrix, NumericError } from '@csx/wgsl-kernels';
import type { DistanceMetric } from './latent-ops.ts';

// The references compute and do not check; these refuse what the kernels refuse, with the same kinds of errors.

const metrics: readonly DistanceMetric[] = ['squared-l2', 'l2', 'cosine'];
/** Most neighbors that `nearest` finds for a row. */
const largestNeighborCount = 32;

/** A plain loop: the matrices are large, and a call for each value would take longer than some of the operations. */
function firstNonFinite(values: Float32Array): number {
  // x - x is 0 for every finite x and NaN for all others.
  for (let at = 0; at < values.length; at++) if (values[at] - values[at] !== 0) return at;
  return -1;
}

/** Throws InvalidInputError unless the matrix has the shape it says, a column, and finite values only. */
export function checkMatrix(operation: string, name: string, { data, n, d }: Matrix): void {
  if (!Number.isSafeInteger(n) || n < 0 || !Number.isSafeInteger(d) || d < 1)
    throw new InvalidInputError(`${operation}: ${name} is ${n} x ${d}, expected whole numbers, d from 1`);
  if (data.length !== n * d)
    throw new InvalidInputError(`${operation}: ${name} has ${data.length} values, expected ${n} x ${d} = ${n * d}`);
  const bad = firstNonFinite(data);
  if (bad >= 0)
    throw new InvalidInputError(
      `${operation}: ${name} row ${Math.floor(bad / d)} holds ${data[bad]} in column ${bad % d}, expected finite numbers`,
    );
}

/** Throws InvalidOptionError unless the metric is known. */
export function checkMetric(operation: string, metric: DistanceMetric): void {
  if (!metrics.includes(metric))
    throw new InvalidOptionError(`${operation}: metric is ${metric}, expected one of ${metrics.join(', ')}`);
}

/** Throws unless both matrices are sound and of one width, and the metric is known. */
export function checkDistance(
  operation: string,
  names: readonly [string, string],
  a: Matrix,
  b: Matrix,
  metric: DistanceMetric,
): void {
  checkMetric(operation, metric);
  checkMatrix(operation, names[0], a);
  checkMatrix(operation, names[1], b);
  if (a.d !== b.d)
    throw new InvalidInputError(
      `${operation}: ${names[0]} has d = ${a.d}, ${names[1]} has d = ${b.d}; expected the same`,
    );
}

/** Throws InvalidInputError unless k neighbors can be found among m rows. */
export function checkNeighborCount(k: number, m: number): void {
  if (!Number.isInteger(k) || k < 1 || k > largestNeighborCount || k > m)
    throw new InvalidInputError(
      `nearest: k is ${k}, expected a whole number from 1 to ${Math.min(largestNeighborCount, m)} (base has ${m} rows)`,
    );
}

/** Throws unless there is one label below classCount for each row. */
export function checkClasses(latents: Matrix, labels: Uint32Array, classCount: number): void {
  checkMatrix('class-means', 'latents', latents);
  if (!Number.isSafeInteger(classCount) || classCount < 1)
    throw new InvalidInputError(`class-means: classCount is ${classCount}, expected a whole number from 1`);
  if (labels.length !== latents.n)
    throw new InvalidInputError(`class-means: ${labels.length} labels for ${latents.n} rows, expected one a row`);
  const bad = labels.findIndex((label) => label >= classCount);
  if (bad >= 0)
    throw new InvalidInputError(`class-means: label of row ${bad} is ${labels[bad]}, expected less than ${classCount}`);
}

/** Throws NumericError where a result left the range of f32. */
export function checkRange(operation: string, values: Float32Array): void {
  const bad = firstNonFinite(values);
  if (bad >= 0) throw new NumericError(`${operation}: result ${bad} exceeds f32`, { hint: 'scale the rows down' });
}
