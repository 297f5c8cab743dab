import { describe, expect, it } from 'vitest';
import { bytes, duration, fixed, integer, listed, percent, signed, significant, withPrefix } from './format.ts';

/** Thin spaces as plain ones, so that the expectations can be read. */
const plain = (text: string) => text.replaceAll('\u202f', ' ');

describe('numbers for people', () => {
  it('have a true minus and no negative zero', () => {
    expect(fixed(-0.0001, 3)).toBe('0.000');
    expect(fixed(-1.5, 1)).toBe('\u22121.5');
    expect(signed(0.25, 2)).toBe('+0.25');
    expect(signed(-0.25, 2)).toBe('\u22120.25');
    expect(signed(0.001, 2)).toBe('0.00');
    expect(significant(-0.000123456, 3)).toBe('\u22120.000123');
    expect(significant(1200, 3)).toBe('1200');
  });

  it('are grouped from five digits on', () => {
    expect(integer(1000)).toBe('1000');
    expect(plain(integer(1257162))).toBe('1 257 162');
    expect(plain(integer(-50000))).toBe('\u221250 000');
  });

  it('carry their unit', () => {
    expect(plain(percent(0.6891))).toBe('68.9 %');
    expect(plain(withPrefix(0, 'FLOP'))).toBe('0 FLOP');
    expect(plain(withPrefix(1.234e12, 'FLOP'))).toBe('1.23 TFLOP');
    expect(plain(withPrefix(999_600, 'FLOP'))).toBe('1.00 MFLOP');
    expect(plain(withPrefix(20e9, 'FLOP'))).toBe('20.0 GFLOP');
    expect(plain(bytes(512))).toBe('512 B');
    expect(plain(bytes(1.5 * 2 ** 30))).toBe('1.5 GiB');
  });

  it('tell times in the unit that fits', () => {
    expect(plain(duration(3.21))).toBe('3.2 ms');
    expect(plain(duration(999.7))).toBe('1.0 s');
    expect(plain(duration(61_000))).toBe('61.0 s');
    expect(plain(duration(412_000))).toBe('6 min 52 s');
    expect(plain(duration(3_599_000))).toBe('1 h 0 min');
    expect(plain(duration(4_500_000))).toBe('1 h 15 min');
  });

  it('are listed as words are', () => {
    expect([listed([]), listed(['a']), listed(['a', 'b']), listed(['a', 'b', 'c'])]).toEqual([
      '',
      'a',
      'a and b',
      'a, b and c',
    ]);
  });
});
