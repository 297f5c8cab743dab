export interface AccumulateInput {
  /** [n], n a multiple of 4 */
  readonly source: Float32Array;
  /** [n] */
  readonly target: Float32Array;
  /** [4]: of the values whose place is 0, 1, 2 and 3 modulo 4. */
  readonly factors: Float32Array;
}

/** What `createAccumulate` leaves in the target, in float64. */
export function accumulateReference({ source, target, factors }: AccumulateInput): Float64Array {
  return Float64Array.from(target, (sum, at) => {
    if (!Number.isFinite(sum)) return sum;
    return Number.isFinite(source[at]) ? sum + factors[at % 4] * source[at] : source[at];
  });
}
