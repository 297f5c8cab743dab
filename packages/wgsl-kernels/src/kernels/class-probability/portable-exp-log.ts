/**
 * exp and log out of +, -, * and / alone, so that every JavaScript engine returns the same bits.
 *
 * `Math.exp` and `Math.log` are only approximately specified, and V8 and JavaScriptCore differ in the
 * last digit. The cut of a selection is decided by float64 scores; with these two functions the same
 * rows are selected on Node, Bun, Deno and in every browser.
 */

/** ln 2 in two parts: the high one has 33 significant bits, so that k * high is exact for |k| < 2^20. */
const LN2_HIGH = 0.69314718036912382;
const LN2_LOW = 1.9082149292705877e-10;
/** Below this exp rounds to 0 in float64. */
const EXP_UNDERFLOW = -745.2;

/** 2^k for -1022 <= k <= 0, exactly. */
function powerOfHalf(k: number): number {
  let value = 1;
  let base = 0.5;
  for (let rest = -k; rest > 0; rest >>= 1) {
    if (rest & 1) value *= base;
    base *= base;
  }
  return value;
}

/**
 * e^x for x <= 0, within 2 units in the last place.
 *
 * x = k ln 2 + r with |r| <= ln 2 / 2; the Taylor series of e^r to r^13 leaves less than 2^-57.
 */
export function portableExp(x: number): number {
  if (x < EXP_UNDERFLOW) return 0;
  const k = Math.round(x / Math.LN2);
  const r = x - k * LN2_HIGH - k * LN2_LOW;
  let sum = 1;
  for (let i = 13; i >= 1; i--) sum = 1 + (sum * r) / i;
  // In two steps: 2^k alone may be below the smallest float64. The first product is exact.
  const half = Math.trunc(k / 2);
  return sum * powerOfHalf(half) * powerOfHalf(k - half);
}

/**
 * Natural logarithm of s >= 1, within 4 units in the last place (near 1: of s - 1).
 *
 * s = 2^k f with f in [1/sqrt 2, sqrt 2]; log f = 2 artanh(w), w = (f - 1) / (f + 1), |w| < 0.172;
 * the series to w^23 leaves less than 2^-64.
 */
export function portableLog(s: number): number {
  let k = 0;
  let f = s;
  while (f > Math.SQRT2) {
    f /= 2;
    k++;
  }
  const w = (f - 1) / (f + 1);
  const square = w * w;
  let sum = 0;
  for (let i = 23; i >= 1; i -= 2) sum = sum * square + 1 / i;
  return k * LN2_HIGH + (k * LN2_LOW + 2 * w * sum);
}
