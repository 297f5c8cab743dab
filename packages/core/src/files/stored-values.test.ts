import { describe, expect, it } from 'vitest';
import { decodeStored, encodeStored, type StoredType } from './stored-values.ts';

const bitsOf = (values: Float32Array) => [...new Uint32Array(values.buffer)];

describe('halves', () => {
  it('all 65 536 of both kinds come back with their bits', () => {
    for (const type of ['float16', 'bfloat16'] as const) {
      const halves = Uint16Array.from({ length: 2 ** 16 }, (_, bits) => bits);
      const values = new Float32Array(2 ** 16);
      decodeStored(type, new Uint8Array(halves.buffer.slice(0)), values);
      const again = new Uint16Array(2 ** 16);
      encodeStored(type, values, new Uint8Array(again.buffer));
      halves.forEach((bits, at) => {
        if (Number.isNaN(values[at])) expect(Number.isNaN(values[bits])).toBe(true);
        else expect(again[at]).toBe(bits);
      });
    }
  });

  it.each<[StoredType, number]>([
    ['float16', 10],
    ['bfloat16', 7],
  ])('%s rounds to nearest, ties to even', (type, fraction) => {
    const step = 2 ** -fraction;
    const round = (value: number) => {
      const stored = new Uint8Array(2);
      encodeStored(type, Float32Array.of(value), stored);
      const into = new Float32Array(1);
      decodeStored(type, stored, into);
      return into[0];
    };
    for (const sign of [1, -1]) {
      expect(round(sign * (1 + step / 2))).toBe(sign);
      expect(round(sign * (1 + 1.5 * step))).toBe(sign * (1 + 2 * step));
      expect(round(sign * (1 + step / 2 + 2 ** -20))).toBe(sign * (1 + step));
      // A carry goes into the exponent.
      expect(round(sign * (2 - step / 4))).toBe(sign * 2);
    }
  });

  it('float16 at its ends: the largest, infinity, and the smallest', () => {
    const values = Float32Array.of(
      65_519,
      65_520,
      2 ** -24,
      2 ** -25,
      1.5 * 2 ** -24,
      2 ** -26,
      -0,
      2 ** -14 - 2 ** -25,
    );
    const stored = new Uint8Array(2 * values.length);
    encodeStored('float16', values, stored);
    const into = new Float32Array(values.length);
    decodeStored('float16', stored, into);
    const expected = [65_504, Number.POSITIVE_INFINITY, 2 ** -24, 0, 2 ** -23, 0, -0, 2 ** -14];
    expect(bitsOf(into)).toEqual(bitsOf(Float32Array.from(expected)));
  });
});
