import { expect } from 'vitest';

/** Every value lies within its own bound of the expected one; the message names the worst. */
export function expectWithin(
  actual: ArrayLike<number>,
  expected: ArrayLike<number>,
  bound: (at: number) => number,
  what: string,
): void {
  expect(actual.length, `${what}: length`).toBe(expected.length);
  let worst = -1;
  let worstExcess = 0;
  for (let at = 0; at < expected.length; at++) {
    const excess = Math.abs(actual[at] - expected[at]) - bound(at);
    // Not `excess > 0`: NaN is never within a bound.
    if (!(excess <= 0) && !(excess <= worstExcess)) {
      worst = at;
      worstExcess = excess;
    }
  }
  const message =
    worst < 0 ? '' : `${what}: [${worst}] is ${actual[worst]}, expected ${expected[worst]} within ${bound(worst)}`;
  expect(message).toBe('');
}

/** The same bits, so that -0 and 0 differ. */
export function expectSameBits(actual: Float32Array, expected: Float32Array, what: string): void {
  expect(actual.length, `${what}: length`).toBe(expected.length);
  const bits = (data: Float32Array) => new Uint32Array(data.buffer, data.byteOffset, data.length);
  const a = bits(actual);
  const b = bits(expected);
  const at = a.findIndex((word, index) => word !== b[index]);
  expect(at < 0 ? '' : `${what}: [${at}] is ${actual[at]}, expected ${expected[at]}`).toBe('');
}
