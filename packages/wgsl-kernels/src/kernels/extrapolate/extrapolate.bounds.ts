import { type ExtrapolateInput, placementFactor, placementSource } from './extrapolate.input.ts';
import {
  boundaryValue,
  crossingWeight,
  distanceTo,
  excessFromLogOdds,
  excessRatio,
  rawMinorWeight,
} from './extrapolate.reference.ts';

/** Half a unit in the last place of f32, relative: the rounding of one +, - or *. */
const U = 2 ** -24;
/** The smallest normal f32; below it WGSL may flush to 0. */
const TINY = 2 ** -126;

/** A value in float64 and how far the kernel's may be from it. */
interface Uncertain {
  readonly value: number;
  readonly error: number;
}

/**
 * w . z + b: products and additions in any order, or fused, cost (d + 2) U of the sum of magnitudes
 * (b is rounded to f32 too), products that underflow TINY each.
 */
function boundaryError(input: ExtrapolateInput, row: number): Uncertain {
  const {
    latents: { data, d },
    boundary,
  } = input;
  let magnitude = Math.abs(boundary?.bias ?? 0);
  for (let i = 0; i < d; i++) magnitude += Math.abs((boundary?.weights[i] ?? 0) * data[row * d + i]);
  return { value: boundaryValue(input, row), error: 1.01 * (d + 2) * U * magnitude + (d + 1) * TINY };
}

/**
 * sqrt of a sum of squares: differences, squares and additions cost (d + 2) U of the sum, half of that
 * after the root; WGSL's sqrt is 1 / inverseSqrt, 2 + 2.5 ulp = 9 U. Squares that underflow: sqrt(d TINY).
 */
function distanceError(mean: Float32Array, input: ExtrapolateInput, row: number): Uncertain {
  const { d } = input.latents;
  const value = distanceTo(mean, input, row);
  return { value, error: 1.01 * ((d + 2) / 2 + 9) * U * value + Math.sqrt(d * TINY) };
}

const absolute = ({ value, error }: Uncertain): Uncertain => ({ value: Math.abs(value), error });

/** The excess rises with dNormal and falls with dAbnormal: its range is that of the two corners. */
function excessRange(normal: Uncertain, abnormal: Uncertain): number[] {
  const least = excessRatio(Math.max(0, normal.value - normal.error), abnormal.value + abnormal.error);
  const most = excessRatio(normal.value + normal.error, Math.max(0, abnormal.value - abnormal.error));
  return [least, most];
}

/**
 * E q / D with E = exp(x), q = 1 - exp(-difference), D = 1 + exp(-|normal|): x is rounded (U |x|) and
 * exp right to (6 + 4|x|) U; q errs by (6 + 5 difference) exp(-difference) U + U; D by 7 U; the product
 * and the quotient by 6 U. Exponents beyond 60 lie behind the clip.
 */
function excessRangeFromLogOdds(normal: number, abnormal: number): number[] {
  const excess = excessFromLogOdds(normal, abnormal);
  const difference = abnormal - normal;
  if (!(difference > 0)) return [0, 0];
  const exponent = normal >= 0 ? difference : abnormal;
  if (exponent > 60) return [excess, excess];
  const scale = Math.exp(exponent) / (1 + Math.exp(-Math.abs(normal)));
  const rise = scale * ((6 + 5 * difference) * Math.exp(-difference) + 1);
  const error = 1.01 * U * (excess * (6 + 5 * Math.abs(exponent) + 7 + 6) + rise) + 8 * TINY;
  return [Math.max(0, excess - error), excess + error];
}

/**
 * The weight at the corners, and 0.5 where the signs may be equal. The weight rises with |atMajor| and
 * falls with |atMinor|.
 */
function crossingRange(minor: Uncertain, major: Uncertain): number[] {
  const candidates: number[] = [];
  for (const a of [minor.value - minor.error, minor.value, minor.value + minor.error]) {
    for (const b of [major.value - major.error, major.value, major.value + major.error]) {
      candidates.push(crossingWeight(a, b));
    }
  }
  const mayTouch = ({ value, error }: Uncertain) => Math.abs(value) <= error;
  // A value that may be 0 puts the weight anywhere up to the end of the segment that it stands for.
  if (mayTouch(minor)) candidates.push(0.5, 1);
  if (mayTouch(major)) candidates.push(0.5, 0);
  return candidates;
}

function rawRange(input: ExtrapolateInput, pair: number): number[] {
  const { placement, centroids, perPair } = input;
  const [minor, major] = [input.minorRows[pair], input.majorRows[pair]];
  const source = placementSource(placement);
  if (placement.kind === 'fixed') return [placement.minorWeight];
  if (source === 'crossing') return crossingRange(boundaryError(input, minor), boundaryError(input, major));
  let range = [0, 0];
  if (source === 'boundary') {
    range = excessRange(absolute(boundaryError(input, major)), absolute(boundaryError(input, minor)));
  } else if (source === 'centroid' && centroids) {
    range = excessRange(distanceError(centroids.major, input, major), distanceError(centroids.minor, input, minor));
  } else if (source === 'density' && perPair) {
    range = excessRange({ value: perPair.major[pair], error: TINY }, { value: perPair.minor[pair], error: TINY });
  } else if (source === 'probability' && perPair) {
    range = excessRangeFromLogOdds(perPair.major[pair], perPair.minor[pair]);
  }
  return range.map((excess) => rawMinorWeight(placementFactor(placement), excess));
}

/**
 * [p] bounds of |P(kernel) - P(float64)|, given the float64 P of each pair.
 *
 * The distances are known to within the errors above; P is monotone in each, so it lies between its
 * values at the corners, clipped. Computing P from them costs 8 U of a shift of at most 0.5 (factor,
 * difference, product, quotient of 2.5 ulp), 8 U of a weight at most 1 for `crossing`, and the rounding
 * of the sum or of pMin: 9 U in all. Near 0/0 a bound reaches the whole range [pMin, 1].
 */
export function minorWeightErrorBounds(input: ExtrapolateInput, minorWeight: Float64Array): Float64Array {
  return minorWeight.map((weight, pair) => {
    const clipped = rawRange(input, pair).map((raw) => Math.min(1, Math.max(input.pMin, raw)));
    return 9 * U + Math.max(...clipped.map((end) => Math.abs(end - weight)));
  });
}

/**
 * Bound of one value of a new latent, z = P minor + (1 - P) major, where P errs by `weightError`: that
 * moves z by |minor - major| times as much; 1 - P, two products and the sum cost 3 U of the terms.
 */
export function latentErrorBound(minor: number, major: number, minorWeight: number, weightError: number): number {
  const terms = (minorWeight + weightError) * Math.abs(minor) + (1 - minorWeight + weightError) * Math.abs(major);
  return weightError * Math.abs(minor - major) + 3.01 * U * terms + 4 * TINY;
}
