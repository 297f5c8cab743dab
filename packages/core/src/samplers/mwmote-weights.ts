import type { Matrix } from '@csx/wgsl-kernels';
import { distancesTo } from './float64-distances.ts';

export interface ClosenessOptions {
  /** Rows of the class, nearest to a row of the border, that it weighs. */
  readonly k3: number;
  readonly closenessCut: number;
  readonly closenessMax: number;
}

/**
 * How much each row of a class tells about its border: `[rows]`, the sum over the border's rows y of the information
 * weight `C(y, x) * C(y, x) / sum of C(y, q)`, where q runs over the k3 rows of the class nearest to y, ties to the lower
 * row, and C is 0 for all others. The closeness C(y, x) is
 * `min(d / distance, closenessCut) / closenessCut * closenessMax`, d the number of columns, and `closenessMax` where the
 * distance is 0.
 */
export function mwmoteWeights(
  latents: Matrix,
  rows: Uint32Array,
  border: Uint32Array,
  { k3, closenessCut, closenessMax }: ClosenessOptions,
): Float64Array {
  const weights = new Float64Array(rows.length);
  const count = Math.min(k3, rows.length);
  const closeness = new Float64Array(count);
  const places = new Uint32Array(count);
  for (const row of border) {
    const distances = distancesTo(latents, row, rows);
    chooseSmallest(distances, places);
    let sum = 0;
    places.forEach((place, at) => {
      // d / 0 is infinite, and cut.
      closeness[at] = (Math.min(latents.d / distances[place], closenessCut) / closenessCut) * closenessMax;
      sum += closeness[at];
    });
    places.forEach((place, at) => {
      weights[place] += (closeness[at] * closeness[at]) / sum;
    });
  }
  return weights;
}

/** Writes the places of the smallest values, as many as there is room for, in ascending order; ties to the lower place. */
function chooseSmallest(values: Float64Array, places: Uint32Array): void {
  const limit = values.slice().sort()[places.length - 1];
  let equalLeft = places.length;
  for (const value of values) if (value < limit) equalLeft--;
  let to = 0;
  values.forEach((value, place) => {
    if (value < limit || (value === limit && equalLeft-- > 0)) places[to++] = place;
  });
}
