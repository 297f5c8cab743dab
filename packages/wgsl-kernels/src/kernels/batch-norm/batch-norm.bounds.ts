import {
  additionsOfRun,
  additionsOfSum,
  longestRun,
  mostAtOnce,
  partialRuns,
  shortestRun,
} from '../column-sums/row-runs.ts';

// WGSL rounds to either neighbor; denormals may be flushed, also those of differences and squares.
const u = 2 ** -23;
const flushed = 2 ** -110;

/** What the errors of a channel's statistics depend on. */
export interface BatchNormChannel {
  readonly rows: number;
  readonly mean: number;
  /** Biased. */
  readonly variance: number;
  /** Largest value - smallest value. */
  readonly range: number;
}

export interface BatchStatisticsBounds {
  readonly mean: number;
  readonly variance: number;
  /** Relative, of 1 / sqrt(variance + epsilon). */
  readonly inverse: number;
}

/**
 * How far the mean, the biased variance and the inverse deviation may be from the exact ones. Let W be the channel's range:
 * all differences of its values and means are at most W, whatever the channel's offset, and u = 2^-23.
 *
 * A run of n rows, shifted by its first value: each d = x - shift is off by u W, its sum passes A = `additionsOfRun`
 * additions, so that the mean is off by (A + 6) u W with the division (2.5 u) and the difference of the shifts. The sum of
 * the squares Q <= n W^2 is off by (A + 3) u Q, and S^2 / n <= Q by (2 (A + 1) + 7) u Q: together (3 A + 12) u n W^2.
 * Merging F partials whose means are off by E u W and whose variances by V u W^2: the new mean is a convex combination,
 * E' = E + F + 7. Deviations m - mean <= W are off by (E + E' + 1) u W and count twice, their sum passes F additions:
 * V' = V + 2 (E + E' + 1) + F + 7; the last term holds the squares of the errors too, since E^2 u < 1.
 * The first value plus the mean is rounded once more: u |mean|.
 *
 * The variance v with its error e gives the inverse sqrt((v + epsilon) / (v + epsilon - e)) - 1 of error, at most, and 4 u
 * for the sum and inverseSqrt (2 units in the last place). No bound (infinite) where e reaches v + epsilon.
 */
export function batchStatisticsBounds(channel: BatchNormChannel, epsilon: number): BatchStatisticsBounds {
  const { rows, mean, variance, range } = channel;
  const additions = additionsOfRun(Math.min(rows, longestRun));
  const runCount = Math.ceil(rows / shortestRun);
  let ofMean = additions + 6;
  let ofVariance = 3 * additions + 12;
  for (const partials of [...partialRuns(runCount).map(({ length }) => length), Math.min(runCount, mostAtOnce)]) {
    const before = ofMean;
    ofMean += partials + 7;
    ofVariance += 2 * (before + ofMean + 1) + partials + 7;
  }
  const varianceError = (ofVariance + 3) * u * range ** 2 + flushed;
  const sum = variance + epsilon;
  return {
    mean: ofMean * u * range + 2 * u * Math.abs(mean) + flushed,
    variance: varianceError,
    inverse: varianceError < sum ? Math.sqrt(sum / (sum - varianceError)) - 1 + 4 * u : Number.POSITIVE_INFINITY,
  };
}

/** What inference makes of given statistics: the inverse is off by 4 u, the mean by nothing. */
export const inferenceBounds: BatchStatisticsBounds = { mean: 0, variance: 0, inverse: 4 * u };

/**
 * How far an output may be from the exact one: x - mean is off by the mean's error and u of itself, the scale gamma *
 * inverse by the inverse's and u of itself, product and sum by u each. A ReLU adds nothing.
 */
export function normalizeBound(
  x: { readonly deviation: number; readonly scale: number; readonly output: number },
  bounds: BatchStatisticsBounds,
): number {
  const scale = Math.abs(x.scale);
  const deviation = Math.abs(x.deviation);
  const ofDeviation = bounds.mean + u * (deviation + bounds.mean);
  const ofScale = bounds.inverse + u * (1 + bounds.inverse);
  const product = scale * (ofDeviation * (1 + ofScale) + deviation * ofScale);
  return product + 2 * u * (scale * deviation + product + Math.abs(x.output)) + (1 + scale) * flushed;
}

/** How far momentum * moving + (1 - momentum) * batch may be from the exact one: both factors and three results are rounded. */
export function movingBound(moving: number, batch: number, batchBound: number, momentum: number): number {
  const kept = momentum * Math.abs(moving);
  const added = (1 - momentum) * (Math.abs(batch) + batchBound);
  return (1 - momentum) * batchBound + 4 * u * (kept + added) + flushed;
}

/** Sums over one channel that the errors of its gradients depend on, with g the output's gradient behind the ReLU. */
export interface BatchNormGradientChannel {
  readonly rows: number;
  readonly gamma: number;
  readonly inverse: number;
  /** sum |g| */
  readonly absoluteSum: number;
  /** sum |g (x - mean)| */
  readonly absoluteProducts: number;
}

export interface BatchNormGradientBounds {
  readonly betaGradient: number;
  readonly gammaGradient: number;
  /** Of a row with the gradient g and the deviation x - mean. */
  inputGradient(g: number, deviation: number): number;
}

/**
 * How far the gradients may be from the exact ones for the saved mean and inverse. With A additions in all (`additionsOfSum`),
 * G = sum |g| and H = sum |g (x - mean)|: betaGradient A u G; gammaGradient (A + 4) u inverse H, since each difference, each
 * product and the last product are rounded. The input's gradient is scale ((g - G' / rows) - (x - mean) slope), its mean of
 * g off by (A + 3) u G / rows, its slope = inverse gammaGradient / rows by (A + 8) u inverse^2 H / rows, and every term by
 * 4 u more for the differences and products it passes through; all with 1 % for the products of these.
 */
export function batchNormGradientBounds(channel: BatchNormGradientChannel): BatchNormGradientBounds {
  const { rows, inverse, absoluteSum, absoluteProducts } = channel;
  const additions = additionsOfSum(rows);
  const scale = Math.abs(channel.gamma * inverse);
  const slope = (inverse ** 2 * absoluteProducts) / rows;
  return {
    betaGradient: 1.01 * additions * u * absoluteSum + flushed,
    gammaGradient: 1.01 * (additions + 4) * u * inverse * absoluteProducts + flushed,
    inputGradient(g, deviation) {
      const ofMean = ((additions + 7) * absoluteSum) / rows;
      const ofSlope = (additions + 12) * Math.abs(deviation) * slope;
      return 1.01 * scale * u * (ofMean + ofSlope + 4 * Math.abs(g)) + flushed;
    },
  };
}
