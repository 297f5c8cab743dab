import { checkExtrapolate, type ExtrapolateInput, type PlacementSource, placementFactor } from './extrapolate.input.ts';

/** `max(1, dNormal / dAbnormal) - 1`, without cancellation: 0 for 0/0, infinity for x/0. */
export function excessRatio(dNormal: number, dAbnormal: number): number {
  return dNormal > dAbnormal ? (dNormal - dAbnormal) / dAbnormal : 0;
}

/**
 * The same for distances `1 - p`, from own-class log-odds.
 *
 * With 1 - p = 1 / (1 + exp(logOdds)) the ratio less 1 is
 * `(exp(abnormal) - exp(normal)) / (1 + exp(normal))`; the form below never subtracts nearly equal
 * numbers, nor reads 0/0 where both probabilities round to 1.
 */
export function excessFromLogOdds(normal: number, abnormal: number): number {
  const difference = abnormal - normal;
  if (!(difference > 0)) return 0;
  const exponent = normal >= 0 ? difference : abnormal;
  return (Math.exp(exponent) * -Math.expm1(-difference)) / (1 + Math.exp(-Math.abs(normal)));
}

/** Equation (1) before the clip; an infinite excess times 0 is 0. */
export function rawMinorWeight(factor: number, excess: number): number {
  return factor === 0 ? 0.5 : 0.5 + factor * excess;
}

/** Where the boundary cuts the segment, from the signed values of its two ends; 0.5 if it does not. */
export function crossingWeight(atMinor: number, atMajor: number): number {
  const length = Math.abs(atMinor) + Math.abs(atMajor);
  const apart = (atMinor >= 0 && atMajor <= 0) || (atMinor <= 0 && atMajor >= 0);
  return apart && length > 0 ? Math.abs(atMajor) / length : 0.5;
}

/** w . z + b of one row: |w| times its signed distance to the boundary. */
export function boundaryValue({ latents: { data, d }, boundary }: ExtrapolateInput, row: number): number {
  if (!boundary) return 0;
  let sum = boundary.bias;
  for (let i = 0; i < d; i++) sum += boundary.weights[i] * data[row * d + i];
  return sum;
}

/** Euclidean distance of one row to `mean`. */
export function distanceTo(mean: Float32Array, { latents: { data, d } }: ExtrapolateInput, row: number): number {
  let sum = 0;
  for (let i = 0; i < d; i++) sum += (data[row * d + i] - mean[i]) ** 2;
  return Math.sqrt(sum);
}

function rawWeightOf(input: ExtrapolateInput, source: PlacementSource, pair: number): number {
  const { placement, centroids, perPair } = input;
  const [minor, major] = [input.minorRows[pair], input.majorRows[pair]];
  if (placement.kind === 'fixed') return placement.minorWeight;
  if (source === 'crossing') return crossingWeight(boundaryValue(input, minor), boundaryValue(input, major));
  let excess = 0;
  if (source === 'boundary') {
    // The norm of the weights divides both distances and leaves the ratio as it is.
    excess = excessRatio(Math.abs(boundaryValue(input, major)), Math.abs(boundaryValue(input, minor)));
  } else if (source === 'centroid' && centroids) {
    excess = excessRatio(distanceTo(centroids.major, input, major), distanceTo(centroids.minor, input, minor));
  } else if (source === 'density' && perPair) {
    excess = excessRatio(perPair.major[pair], perPair.minor[pair]);
  } else if (source === 'probability' && perPair) {
    excess = excessFromLogOdds(perPair.major[pair], perPair.minor[pair]);
  }
  return rawMinorWeight(placementFactor(placement), excess);
}

/** The kernel `extrapolate` in float64: the same arguments, results not rounded to f32. */
export function extrapolateReference(input: ExtrapolateInput): {
  latents: { data: Float64Array; n: number; d: number };
  minorWeight: Float64Array;
  clippedCount: number;
} {
  const source = checkExtrapolate(input);
  const { latents, minorRows, majorRows, pMin } = input;
  const { data, d } = latents;
  const pairCount = minorRows.length;
  const minorWeight = new Float64Array(pairCount);
  const blended = new Float64Array(pairCount * d);
  let clippedCount = 0;
  for (let pair = 0; pair < pairCount; pair++) {
    const raw = rawWeightOf(input, source, pair);
    const weight = Math.min(1, Math.max(pMin, raw));
    if (weight !== raw) clippedCount++;
    minorWeight[pair] = weight;
    for (let i = 0; i < d; i++) {
      blended[pair * d + i] = weight * data[minorRows[pair] * d + i] + (1 - weight) * data[majorRows[pair] * d + i];
    }
  }
  return { latents: { data: blended, n: pairCount, d }, minorWeight, clippedCount };
}
