/** Half a unit in the last place of f32, relative: the rounding of one +, - or *. */
const U = 2 ** -24;

/**
 * Bound of |logOdds(kernel) - logOdds(float64)| for one row, from the log-odds themselves.
 *
 * `magnitude` is |logOdds| of the row, from either; `c` the class count. With a = z[y] - m, m the
 * largest other logit, s = sum of exp(z[j] - m), 1 <= s <= c - 1, the kernel computes a - log(s):
 * - a: rounded once, U |a|, and |a| <= |logOdds| + ln(c - 1);
 * - each exp(t), t = z[j] - m <= 0: t is rounded (relative U), and WGSL's exp is right to 3 + 2|t|
 *   ulp (2U each), together (6 + 5|t|) U; weighted by exp(t) / s the mean of |t| is at most
 *   ln(c - 1) (it is an entropy less ln s), so the sum is right to (6 + 5 ln(c - 1)) U, and to
 *   (c - 2) U more for its additions, all of positive terms; terms that underflow cost less than U;
 * - log(s): that relative error, rho, moves it by -ln(1 - rho); WGSL's log is right to 2^-21 = 8U
 *   for s <= 2 and to 3 ulp = 6U log(s) beyond;
 * - the last subtraction: U |logOdds|.
 * The factor 1 + 2^-10 covers products of errors and the float64 value's own (2^-26 of these).
 * Source of the accuracies: WGSL, "Accuracy of concrete floating point expressions".
 */
export function logOddsErrorBound(magnitude: number, c: number): number {
  if (c === 1) return 0;
  const spread = Math.log(c - 1);
  const rho = (6 + 5 * spread + (c - 2) + 1) * U;
  if (rho >= 1) return Number.POSITIVE_INFINITY;
  const sum = -Math.log1p(-rho);
  const first = U * (magnitude + spread);
  const logarithm = U * (8 + 6 * (spread + sum));
  const last = U * magnitude;
  return (first + sum + logarithm + last) * (1 + 2 ** -10);
}

/**
 * Bound of |probability(kernel) - probability(float64)|, for every row of `c` classes.
 *
 * p = sigmoid(L) moves by at most p (1 - p) times the error of L. p (1 - p) <= 1/4 and
 * |L| p (1 - p) < 0.224, so L's error, 2U |L| + rest, costs 0.448 U + rest / 4. The exponential,
 * (6 + 4|L|) U relative, costs (1.5 + 0.9) U; its underflow, the addition and the division (2.5 ulp)
 * 1 + 1 + 5 U.
 */
export function probabilityErrorBound(c: number): number {
  if (c === 1) return 0;
  return 10 * U + logOddsErrorBound(0, c) / 4;
}
