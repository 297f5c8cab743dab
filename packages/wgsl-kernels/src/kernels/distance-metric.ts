import { InvalidOptionError } from '../errors.ts';

/** The ways in which kernels measure the distance of two rows. */
export const distanceMetrics = ['squared-l2', 'l2', 'cosine'] as const;

/**
 * `squared-l2`: sum (a - b)^2. `l2`: its square root. `cosine`: 1 - a.b / (|a| |b|), in [0, 2]; a row of zeros has no
 * direction, and its distance to every row, itself included, is 1.
 */
export type DistanceMetric = (typeof distanceMetrics)[number];

/** Throws InvalidOptionError for any other text. */
export function checkMetric(kernel: string, metric: string): void {
  if (!(distanceMetrics as readonly string[]).includes(metric)) {
    throw new InvalidOptionError(`${kernel}: metric is ${metric}, expected one of ${distanceMetrics.join(', ')}`);
  }
}
