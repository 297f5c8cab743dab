/**
 * exp(-x) for x >= 0 from additions, multiplications and divisions alone: ECMAScript leaves the last bits of `Math.exp` to
 * the engine, and these operations are exact by IEEE 754, so that every runtime returns the same double.
 *
 * x is halved until it is at most 1/2, where the sixteenth term of exp(x)'s series is below 2^-60 of the whole; the
 * inverse of the series is then squared as often as x was halved, each time doubling the relative error: below 2^-42 for
 * x up to 745, above which exp(-x) is 0.
 */
export function expOfNegative(x: number): number {
  if (x > 745) return 0;
  let halvings = 0;
  let part = x;
  for (; part > 0.5; part /= 2) halvings++;
  let series = 1;
  for (let k = 16; k >= 1; k--) series = 1 + (part / k) * series;
  let value = 1 / series;
  for (; halvings > 0; halvings--) value *= value;
  return value;
}
