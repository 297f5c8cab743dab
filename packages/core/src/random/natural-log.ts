const bits = new DataView(new ArrayBuffer(8));

/**
 * ln(x) of a positive, normal double from additions, multiplications and one division alone.
 *
 * ECMAScript leaves the last bits of `Math.log` to the engine, and V8 and JavaScriptCore differ
 * there; these operations are exact by IEEE 754, so every runtime returns the same double.
 * With x = m * 2^e, sqrt(1/2) <= m < sqrt(2), s = (m - 1) / (m + 1): ln(x) = e ln 2 + 2 atanh(s),
 * and |s| < 0.1716, so that the twelfth term of the series is below 2^-60 of the first.
 */
export function naturalLog(x: number): number {
  bits.setFloat64(0, x);
  const high = bits.getUint32(0);
  let exponent = (high >>> 20) - 1023;
  bits.setUint32(0, (high & 0x000fffff) | 0x3ff00000);
  let mantissa = bits.getFloat64(0);
  if (mantissa > Math.SQRT2) {
    mantissa /= 2;
    exponent += 1;
  }
  const s = (mantissa - 1) / (mantissa + 1);
  const square = s * s;
  let series = 0;
  for (let k = 23; k >= 1; k -= 2) series = series * square + 1 / k;
  return exponent * Math.LN2 + 2 * s * series;
}
