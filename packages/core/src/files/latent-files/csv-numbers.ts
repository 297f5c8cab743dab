const powers = Array.from({ length: 23 }, (_, exponent) => 10 ** exponent);
const [minus, plus, point, zero, lowerE, upperE] = [...'-+.0eE'].map((character) => character.charCodeAt(0));

/** A number, and the byte behind it. */
export interface ParsedNumber {
  value: number;
  end: number;
}

/**
 * Reads a decimal number from byte `at` on. Up to 15 digits and powers of ten up to 22 are exact in float64, so that one
 * multiplication or division rounds as it should (Clinger 1990); longer ones are left to the runtime.
 *
 * @returns false where there is none, or a longer one.
 */
export function parseShortNumber(bytes: Uint8Array, at: number, into: ParsedNumber): boolean {
  let position = at;
  const negative = bytes[position] === minus;
  if (negative || bytes[position] === plus) position++;
  let mantissa = 0;
  let digits = 0;
  let seen = 0;
  let exponent = 0;
  let digit = bytes[position] - zero;
  for (; digit >= 0 && digit <= 9; digit = bytes[++position] - zero, seen++) {
    mantissa = mantissa * 10 + digit;
    if (mantissa !== 0) digits++;
  }
  if (bytes[position] === point) {
    digit = bytes[++position] - zero;
    for (; digit >= 0 && digit <= 9; digit = bytes[++position] - zero, seen++) {
      mantissa = mantissa * 10 + digit;
      if (mantissa !== 0) digits++;
      exponent--;
    }
  }
  if (seen === 0 || digits > 15) return false;
  if (bytes[position] === lowerE || bytes[position] === upperE) {
    const negativeExponent = bytes[++position] === minus;
    if (negativeExponent || bytes[position] === plus) position++;
    let written = 0;
    const begin = position;
    digit = bytes[position] - zero;
    for (; digit >= 0 && digit <= 9 && written < 1000; digit = bytes[++position] - zero) written = written * 10 + digit;
    if (position === begin) return false;
    exponent += negativeExponent ? -written : written;
  }
  if (exponent < -22 || exponent > 22) return false;
  const value = exponent < 0 ? mantissa / powers[-exponent] : mantissa * powers[exponent];
  into.value = negative ? -value : value;
  into.end = position;
  return true;
}

/** What pandas, numpy and spreadsheets write where there is no finite number. */
const named: ReadonlyMap<string, number> = new Map([
  ['nan', Number.NaN],
  ['inf', Number.POSITIVE_INFINITY],
  ['infinity', Number.POSITIVE_INFINITY],
]);

/** The number that a cell holds; undefined for any other text. */
export function parseNumber(text: string): number | undefined {
  const [, sign, rest] = /^\s*([+-]?)(.*?)\s*$/s.exec(text) ?? [];
  const value =
    named.get(rest.toLowerCase()) ?? (/^(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(rest) ? Number(rest) : undefined);
  return value !== undefined && sign === '-' ? -value : value;
}

/** Smallest and largest exponents that are written without an `e`. */
const [plainFrom, plainTo] = [-5, 15];

/**
 * Writes an f32 with nine significant digits, which give it back exactly, and without trailing zeros.
 *
 * Scaled to an integer of nine digits in float64: the scaling errs by less than 2^-50 of the value, far below half a unit
 * of the ninth digit, so what is read back lies within 0.51 units of that digit, less than half a step of f32.
 *
 * @returns the byte behind it.
 */
export function writeShortNumber(value: number, into: Uint8Array, at: number): number {
  let position = at;
  if (value < 0 || Object.is(value, -0)) into[position++] = minus;
  let magnitude = Math.abs(value);
  if (magnitude === 0) {
    into[position++] = zero;
    return position;
  }
  // Exponents beyond 22 have no exact power; of those the library writes the digits.
  let exponent = Math.floor(Math.log10(magnitude));
  const shift = 8 - exponent;
  if (shift > 22 || shift < -22) return writeText(magnitude.toExponential(8), into, position);
  magnitude = Math.round(shift < 0 ? magnitude / powers[-shift] : magnitude * powers[shift]);
  // log10 may be off by one at a power of ten, and rounding may reach the next one.
  if (magnitude >= 1e9) {
    magnitude = Math.round(magnitude / 10);
    exponent++;
  }
  // Below 2^31 from here on.
  magnitude |= 0;
  let digits = 9;
  while (magnitude % 10 === 0) {
    magnitude = (magnitude / 10) | 0;
    digits--;
  }
  if (exponent < plainFrom || exponent > plainTo) {
    position = writeDigits(magnitude, digits, 1, into, position);
    return writeText(`e${exponent}`, into, position);
  }
  if (exponent < 0) {
    into[position++] = zero;
    into[position++] = point;
    for (let zeros = -1; zeros > exponent; zeros--) into[position++] = zero;
    return writeDigits(magnitude, digits, digits, into, position);
  }
  position = writeDigits(magnitude, digits, Math.min(digits, exponent + 1), into, position);
  for (let zeros = digits; zeros <= exponent; zeros++) into[position++] = zero;
  return position;
}

/** `digits` digits of an integer, with a point behind the first `before`, if others follow. */
function writeDigits(integer: number, digits: number, before: number, into: Uint8Array, at: number): number {
  const length = digits > before ? digits + 1 : digits;
  let rest = integer;
  for (let i = length - 1; i >= 0; i--) {
    if (i === before) into[at + i] = point;
    else {
      into[at + i] = zero + (rest % 10);
      rest = (rest / 10) | 0;
    }
  }
  return at + length;
}

/** Writes ASCII text; returns the byte behind it. */
export function writeText(text: string, into: Uint8Array, at: number): number {
  for (let i = 0; i < text.length; i++) into[at + i] = text.charCodeAt(i);
  return at + text.length;
}
