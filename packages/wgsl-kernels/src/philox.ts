const multiplier0 = 0xd2511f53 | 0;
const multiplier1 = 0xcd9e8d57 | 0;
const weyl0 = 0x9e3779b9 | 0;
const weyl1 = 0xbb67ae85 | 0;
const rounds = 10;

/** Upper 32 bits of the 64-bit product of two u32 given as int32, from 16 x 16 products; stays in int32 throughout. */
function multiplyHigh(a: number, b: number): number {
  const aLow = a & 0xffff;
  const aHigh = a >>> 16;
  const bLow = b & 0xffff;
  const bHigh = b >>> 16;
  // (2^16 - 1)^2 + 2^16 - 1 < 2^32: as unsigned numbers, neither sum overflows.
  const middle = (Math.imul(aHigh, bLow) + (Math.imul(aLow, bLow) >>> 16)) | 0;
  const other = (Math.imul(aLow, bHigh) + (middle & 0xffff)) | 0;
  return (Math.imul(aHigh, bHigh) + (middle >>> 16) + (other >>> 16)) | 0;
}

/**
 * Philox 4x32-10: four random u32 for a 128-bit counter and a 64-bit key (words lowest first). A pure function, the same
 * as `philox4x32` of the WGSL fragment. Inputs are taken modulo 2^32.
 *
 * Source: Salmon, Moraes, Dror, Shaw, "Parallel Random Numbers: As Easy as 1, 2, 3", SC 2011; checked against the
 * known-answer vectors of their library Random123.
 */
export function philox4x32(
  counter: readonly [number, number, number, number],
  key: readonly [number, number],
): [number, number, number, number] {
  const out = new Uint32Array(4);
  philox4x32Fill(out, counter, key);
  return [out[0], out[1], out[2], out[3]];
}

/**
 * Fills `out` with the blocks of counter, counter + 1, ... (a 128-bit sum): the same numbers as one `philox4x32` a block,
 * without making arrays. A length that is no multiple of 4 takes the first words of the last block. Empty: nothing.
 */
export function philox4x32Fill(
  out: Uint32Array,
  counter: readonly [number, number, number, number],
  key: readonly [number, number],
): void {
  let [c0, c1, c2, c3] = counter.map((word) => word | 0);
  for (let at = 0; at < out.length; at += 4) {
    let x0 = c0;
    let x1 = c1;
    let x2 = c2;
    let x3 = c3;
    let k0 = key[0] | 0;
    let k1 = key[1] | 0;
    for (let round = 0; round < rounds; round++) {
      const high0 = multiplyHigh(multiplier0, x0);
      const low0 = Math.imul(multiplier0, x0);
      const high1 = multiplyHigh(multiplier1, x2);
      const low1 = Math.imul(multiplier1, x2);
      x0 = high1 ^ x1 ^ k0;
      x1 = low1;
      x2 = high0 ^ x3 ^ k1;
      x3 = low0;
      k0 = (k0 + weyl0) | 0;
      k1 = (k1 + weyl1) | 0;
    }
    // Stores past the end of a typed array do nothing.
    out[at] = x0;
    out[at + 1] = x1;
    out[at + 2] = x2;
    out[at + 3] = x3;
    c0 = (c0 + 1) | 0;
    if (c0 === 0) {
      c1 = (c1 + 1) | 0;
      if (c1 === 0) {
        c2 = (c2 + 1) | 0;
        if (c2 === 0) c3 = (c3 + 1) | 0;
      }
    }
  }
}
