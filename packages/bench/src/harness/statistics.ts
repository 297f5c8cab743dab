import type { RandomStream } from '@csx/core';

/** Five figures of a set of times, in milliseconds. */
export interface Summary {
  readonly minMs: number;
  readonly q1Ms: number;
  readonly medianMs: number;
  readonly q3Ms: number;
  readonly maxMs: number;
}

/** The p-quantile of sorted values, linear between neighbors (R's type 7, numpy's default). */
export function quantile(sorted: ArrayLike<number>, p: number): number {
  const at = p * (sorted.length - 1);
  const below = Math.floor(at);
  const above = Math.min(below + 1, sorted.length - 1);
  return sorted[below] + (at - below) * (sorted[above] - sorted[below]);
}

const ascending = (values: readonly number[]) => Float64Array.from(values).sort();
const median = (values: readonly number[]) => quantile(ascending(values), 0.5);

export function summarize(samples: readonly number[]): Summary {
  const sorted = ascending(samples);
  return {
    minMs: sorted[0],
    q1Ms: quantile(sorted, 0.25),
    medianMs: quantile(sorted, 0.5),
    q3Ms: quantile(sorted, 0.75),
    maxMs: sorted[sorted.length - 1],
  };
}

/** How many times one thing takes the time of another, with a 95 % interval. */
export interface Ratio {
  readonly ratio: number;
  readonly low: number;
  readonly high: number;
}

const resamples = 2000;

/** median(numerator) / median(denominator); the interval is that of the percentile bootstrap (Efron 1979). */
export function ratioOfMedians(
  numerator: readonly number[],
  denominator: readonly number[],
  stream: RandomStream,
): Ratio {
  const resample = (values: readonly number[]) => median(values.map(() => values[stream.below(values.length)]));
  const ratios = ascending(
    Array.from({ length: resamples }, () => {
      const above = resample(numerator);
      return above / resample(denominator);
    }),
  );
  return {
    ratio: median(numerator) / median(denominator),
    low: quantile(ratios, 0.025),
    high: quantile(ratios, 0.975),
  };
}

/** exp(mean(log)), the mean of ratios: that of their inverses is its inverse. */
export function geometricMean(values: readonly number[]): number {
  return Math.exp(values.reduce((sum, value) => sum + Math.log(value), 0) / values.length);
}
