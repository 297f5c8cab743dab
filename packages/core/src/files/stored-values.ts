/** Types of floating-point values in files, by numpy's names. */
export type StoredType = 'float16' | 'bfloat16' | 'float32' | 'float64';

/** Bytes of a value. */
export const storedBytes: Readonly<Record<StoredType, number>> = { float16: 2, bfloat16: 2, float32: 4, float64: 8 };

const isLittleEndian = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;

/** Values as integers of the same width; `bytes` begins at a multiple of it. */
function wordsOf(bytes: Uint8Array, width: number): Uint16Array | Uint32Array | Float64Array {
  const { buffer, byteOffset } = bytes;
  const count = bytes.length / width;
  if (width === 2) return new Uint16Array(buffer, byteOffset, count);
  return width === 4 ? new Uint32Array(buffer, byteOffset, count) : new Float64Array(buffer, byteOffset, count);
}

/** Turns the bytes of every value round, in place. */
export function swapBytes(bytes: Uint8Array, width: number): void {
  for (let at = 0; at < bytes.length; at += width) {
    for (let low = at, high = at + width - 1; low < high; low++, high--) {
      const byte = bytes[low];
      bytes[low] = bytes[high];
      bytes[high] = byte;
    }
  }
}

let halves: Float32Array | undefined;
/** The value of each of the 65 536 halves. */
function halfTable(): Float32Array {
  halves ??= Float32Array.from({ length: 2 ** 16 }, (_, half) => {
    const sign = half & 0x8000 ? -1 : 1;
    const exponent = (half >> 10) & 31;
    const fraction = half & 1023;
    if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
    return exponent === 0 ? sign * fraction * 2 ** -24 : sign * (1024 + fraction) * 2 ** (exponent - 25);
  });
  return halves;
}

/**
 * Stored values (little-endian; `bytes` begins at a multiple of their width) as f32. float64 is rounded to nearest even,
 * the others are exact.
 */
export function decodeStored(type: StoredType, bytes: Uint8Array, into: Float32Array): void {
  if (!isLittleEndian) swapBytes(bytes, storedBytes[type]);
  const words = wordsOf(bytes, storedBytes[type]);
  if (type === 'float64') into.set(words);
  else if (type === 'float32') into.set(new Float32Array(bytes.buffer, bytes.byteOffset, words.length));
  else if (type === 'float16') {
    const table = halfTable();
    for (let i = 0; i < words.length; i++) into[i] = table[words[i]];
  } else {
    const bits = new Uint32Array(into.buffer, into.byteOffset, words.length);
    for (let i = 0; i < words.length; i++) bits[i] = words[i] << 16;
  }
}

/** Values as they are stored (little-endian), rounded to nearest even; `into` begins at a multiple of their width. */
export function encodeStored(type: StoredType, values: Float32Array, into: Uint8Array): void {
  const words = wordsOf(into, storedBytes[type]);
  if (type === 'float64') words.set(values);
  else {
    const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
    if (type === 'float32') words.set(bits);
    else {
      const round = type === 'float16' ? halfOf : brainHalfOf;
      for (let i = 0; i < bits.length; i++) words[i] = round(bits[i]);
    }
  }
  if (!isLittleEndian) swapBytes(into, storedBytes[type]);
}

/** The bits of the nearest half of an f32 with these bits. */
function halfOf(bits: number): number {
  const sign = (bits >>> 16) & 0x8000;
  const magnitude = bits & 0x7fffffff;
  if (magnitude > 0x7f800000) return sign | 0x7e00;
  // From 65 520 on, which is halfway to 2^16, the nearest is infinity.
  if (magnitude >= 0x477ff000) return sign | 0x7c00;
  // 2^-14, below which halves have fewer bits: steps of 2^-24.
  if (magnitude < 0x38800000) {
    const exponent = magnitude >>> 23;
    if (exponent < 102) return sign;
    return sign | shiftRounded((magnitude & 0x7fffff) | 0x800000, 126 - exponent);
  }
  return sign | (shiftRounded(magnitude, 13) - (112 << 10));
}

/** A carry out of the fraction goes into the exponent, as it should. */
function brainHalfOf(bits: number): number {
  if ((bits & 0x7fffffff) > 0x7f800000) return (bits >>> 16) | 0x40;
  return shiftRounded(bits, 16) & 0xffff;
}

/** value / 2^shift, to nearest, ties to even; shift from 1 to 24. */
function shiftRounded(value: number, shift: number): number {
  const whole = value >>> shift;
  const rest = value & (2 ** shift - 1);
  const half = 2 ** (shift - 1);
  return rest > half || (rest === half && whole & 1) ? whole + 1 : whole;
}
