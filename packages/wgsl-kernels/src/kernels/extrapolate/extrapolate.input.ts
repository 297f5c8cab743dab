import { InvalidInputError, InvalidOptionError } from '../../errors.ts';
import type { Matrix } from '../../matrix.ts';
import { checkShape } from '../check-matrix.ts';

/** How far a sample is from being undecided: the readings of dNormal and dAbnormal in equation (1). */
export type DistanceReading = 'boundary' | 'centroid' | 'probability' | 'density';

/** Where on the segment between the two samples of a pair the new one lies. */
export type Placement =
  /** The same weight for every pair. */
  | { readonly kind: 'fixed'; readonly minorWeight: number }
  /** Where the linear boundary between the two classes cuts the segment; 0.5 if it does not. */
  | { readonly kind: 'crossing' }
  /** Equation (1). `gamma * pMax` is 0 or of magnitude 1e-9 to 1e6. */
  | { readonly kind: 'asymmetric'; readonly gamma: number; readonly pMax: number; readonly reading: DistanceReading };

/** Sample pairs and how to place a new latent for each. */
export interface ExtrapolateInput {
  /** [n, d]: all rows that `minorRows` and `majorRows` index. */
  readonly latents: Matrix;
  /** [p]: row of the minor sample of each pair. */
  readonly minorRows: Uint32Array;
  /** [p]: row of the major sample of each pair. */
  readonly majorRows: Uint32Array;
  readonly placement: Placement;
  /** Lower clip of P, in [0, 1]; the upper is 1. It holds for every placement. */
  readonly pMin: number;
  /** For `boundary` and `crossing`: w_minor - w_major, [d], and b_minor - b_major. */
  readonly boundary?: { readonly weights: Float32Array; readonly bias: number };
  /** For `centroid`: the means of the two classes, [d] each. */
  readonly centroids?: { readonly minor: Float32Array; readonly major: Float32Array };
  /** For `probability` the own-class log-odds, for `density` the mean neighbor distances: [p] each. */
  readonly perPair?: { readonly minor: Float32Array; readonly major: Float32Array };
}

/** What a placement computes P from: a placement's kind, or the reading of an asymmetric one. */
export type PlacementSource = 'fixed' | 'crossing' | DistanceReading;

/** Largest magnitude of a latent, weight, mean or distance: squares and their sums stay finite in f32. */
export const MAX_LATENT = 2 ** 50;
/** Largest magnitude of a log-odds value: the difference of two stays finite in f32. */
export const MAX_LOG_ODDS = 2 ** 102;

const readings: readonly string[] = ['boundary', 'centroid', 'probability', 'density'];

/** The source of P for a placement; throws InvalidOptionError for an unknown one. */
export function placementSource(placement: Placement): PlacementSource {
  if (placement.kind === 'fixed' || placement.kind === 'crossing') return placement.kind;
  if (placement.kind === 'asymmetric' && readings.includes(placement.reading)) return placement.reading;
  throw new InvalidOptionError(
    `extrapolate: placement is ${JSON.stringify(placement)}, expected kind fixed, crossing, or asymmetric with reading ${readings.join(', ')}`,
  );
}

/** gamma * pMax of an asymmetric placement, 0 for the others. */
export function placementFactor(placement: Placement): number {
  return placement.kind === 'asymmetric' ? placement.gamma * placement.pMax : 0;
}

function checkOptions({ placement, pMin }: ExtrapolateInput): void {
  if (!(pMin >= 0 && pMin <= 1)) throw new InvalidOptionError(`extrapolate: pMin is ${pMin}, expected 0 to 1`);
  if (placement.kind === 'fixed' && !(placement.minorWeight >= 0 && placement.minorWeight <= 1)) {
    throw new InvalidOptionError(`extrapolate: minorWeight is ${placement.minorWeight}, expected 0 to 1`);
  }
  const factor = Math.abs(placementFactor(placement));
  if (factor !== 0 && !(factor >= 1e-9 && factor <= 1e6)) {
    throw new InvalidOptionError(`extrapolate: |gamma * pMax| is ${factor}, expected 0 or 1e-9 to 1e6`);
  }
}

/** Throws unless `values` has `length` values of magnitude up to `largest`; `smallest` raises the lower end. */
function checkValues(what: string, values: Float32Array, length: number, largest: number, smallest = -largest): void {
  if (values.length !== length) {
    throw new InvalidInputError(`extrapolate: ${what} has ${values.length} values, expected ${length}`);
  }
  for (let i = 0; i < length; i++) {
    // Written so that NaN fails too.
    if (!(values[i] >= smallest && values[i] <= largest)) {
      throw new InvalidInputError(`extrapolate: ${what} is ${values[i]} at ${i}, expected ${smallest} to ${largest}`);
    }
  }
}

function missing(what: string, source: PlacementSource): never {
  throw new InvalidInputError(`extrapolate: ${what} is missing, expected with ${source}`, {
    hint: `Pass ${what}, or choose another placement.`,
  });
}

function checkSource(
  { latents: { d }, minorRows, boundary, centroids, perPair }: ExtrapolateInput,
  source: PlacementSource,
): void {
  if (source === 'boundary' || source === 'crossing') {
    if (!boundary) missing('boundary', source);
    checkValues('boundary.weights', boundary.weights, d, MAX_LATENT);
    checkValues('boundary.bias', Float32Array.of(boundary.bias), 1, MAX_LATENT);
  } else if (source === 'centroid') {
    if (!centroids) missing('centroids', source);
    checkValues('centroids.minor', centroids.minor, d, MAX_LATENT);
    checkValues('centroids.major', centroids.major, d, MAX_LATENT);
  } else if (source === 'probability' || source === 'density') {
    if (!perPair) missing('perPair', source);
    const [largest, smallest] = source === 'density' ? [MAX_LATENT, 0] : [MAX_LOG_ODDS, -MAX_LOG_ODDS];
    checkValues('perPair.minor', perPair.minor, minorRows.length, largest, smallest);
    checkValues('perPair.major', perPair.major, minorRows.length, largest, smallest);
  }
}

function checkRows(what: string, rows: Uint32Array, { data, n, d }: Matrix): void {
  rows.forEach((row, pair) => {
    if (row >= n)
      throw new InvalidInputError(`extrapolate: ${what} of pair ${pair} is ${row}, expected less than n = ${n}`);
    for (let i = row * d; i < (row + 1) * d; i++) {
      if (!(Math.abs(data[i]) <= MAX_LATENT)) {
        throw new InvalidInputError(
          `extrapolate: latent of row ${row} is ${data[i]} at ${i - row * d}, expected a finite value within +-${MAX_LATENT}`,
        );
      }
    }
  });
}

/** Throws InvalidOptionError or InvalidInputError unless `input` can be computed; returns where P comes from. */
export function checkExtrapolate(input: ExtrapolateInput): PlacementSource {
  const { latents, minorRows, majorRows, placement } = input;
  const source = placementSource(placement);
  checkOptions(input);
  checkShape('extrapolate', 'latents', latents);
  if (minorRows.length !== majorRows.length) {
    throw new InvalidInputError(
      `extrapolate: ${minorRows.length} minorRows and ${majorRows.length} majorRows, expected as many`,
    );
  }
  checkSource(input, source);
  checkRows('minorRows', minorRows, latents);
  checkRows('majorRows', majorRows, latents);
  return source;
}
