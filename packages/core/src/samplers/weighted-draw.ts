import type { RandomStream } from '../random/stream.ts';

/** Places drawn with the probability of their weights, which are not negative and not all 0. */
export function drawWeighted(weights: Float64Array, count: number, stream: RandomStream): Uint32Array {
  const ends = new Float64Array(weights.length);
  let total = 0;
  weights.forEach((weight, place) => {
    total += weight;
    ends[place] = total;
  });
  return Uint32Array.from({ length: count }, () => firstAbove(ends, stream.uniform() * total));
}

/** The first place whose end is above a value: one of weight 0 ends where the one before it does, and is passed over. */
function firstAbove(ends: Float64Array, value: number): number {
  let low = 0;
  let high = ends.length - 1;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (ends[middle] > value) high = middle;
    else low = middle + 1;
  }
  return low;
}
