import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type ParsedNumber, parseNumber, parseShortNumber, writeShortNumber } from './csv-numbers.ts';

const written = (value: number) => {
  const bytes = new Uint8Array(40);
  return new TextDecoder().decode(bytes.subarray(0, writeShortNumber(value, bytes, 0)));
};

describe('numbers of csv files', () => {
  it('an f32 is written with at most nine digits, and read back with its bits', () => {
    const bits = fc.integer({ min: 0, max: 0xffffffff });
    fc.assert(
      fc.property(bits, (word) => {
        const value = new Float32Array(Uint32Array.of(word).buffer)[0];
        fc.pre(Number.isFinite(value));
        const text = written(value);
        expect(Object.is(Math.fround(Number(text)), value), `${value} as ${text}`).toBe(true);
        expect(text.replace(/^-?0\.0*|e.*|[-.]/g, '').replace(/0+$/, '').length).toBeLessThanOrEqual(9);
      }),
      { numRuns: 20_000 },
    );
  });

  it.each([
    [0, '0'],
    [-0, '-0'],
    [1, '1'],
    [-1.5, '-1.5'],
    [0.1, '0.100000001'],
    [1000, '1000'],
    [123456792, '123456792'],
    [0.00001, '9.99999975e-6'],
    [0.00002, '0.0000199999995'],
    [1e20, '1.00000002e20'],
    [999999.9375, '999999.938'],
  ])('%s is written as %s', (value, text) => expect(written(Math.fround(value))).toBe(text));

  it('what is read quickly is what the runtime reads, and the rest is left to it', () => {
    const number: ParsedNumber = { value: 0, end: 0 };
    const digits = fc.stringMatching(/^[+-]?(\d{1,12}(\.\d{0,12})?|\.\d{1,12})([eE][+-]?\d{1,2})?$/);
    let quick = 0;
    fc.assert(
      fc.property(digits, (text) => {
        const bytes = new TextEncoder().encode(`${text},`);
        if (!parseShortNumber(bytes, 0, number)) return;
        quick++;
        expect([number.value, number.end]).toEqual([Number(text), text.length]);
      }),
      { numRuns: 5000 },
    );
    expect(quick).toBeGreaterThan(2000);
  });

  it.each([
    ['1e5', 100_000],
    [' -2.5 ', -2.5],
    ['nan', Number.NaN],
    ['-inf', Number.NEGATIVE_INFINITY],
    ['Infinity', Number.POSITIVE_INFINITY],
    ['0x10', undefined],
    ['1,5', undefined],
    ['', undefined],
    ['1e', undefined],
  ])('%j is %s', (text, value) => expect(parseNumber(text)).toBe(value));
});
