import { studentTQuantile } from './student-t.ts';

/** The mean of some values and the interval of Student's t around it. */
export interface MeanInterval {
  readonly n: number;
  readonly mean: number;
  /** Undefined for a single value, which says nothing about its spread. */
  readonly low: number | undefined;
  readonly high: number | undefined;
}

/**
 * `mean +- t(1 - (1 - level) / 2; n - 1) * s / sqrt(n)` with `s^2 = sum (x - mean)^2 / (n - 1)`: right for values
 * drawn independently from a normal distribution, such as the areas of runs that differ in their seed alone.
 * Undefined without values.
 */
export function meanInterval(values: readonly number[], level = 0.95): MeanInterval | undefined {
  const n = values.length;
  if (n === 0) return undefined;
  const mean = values.reduce((sum, value) => sum + value, 0) / n;
  if (n === 1) return { n, mean, low: undefined, high: undefined };
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (n - 1);
  const half = studentTQuantile(1 - (1 - level) / 2, n - 1) * Math.sqrt(variance / n);
  return { n, mean, low: mean - half, high: mean + half };
}
