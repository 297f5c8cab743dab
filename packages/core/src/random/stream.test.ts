import { InvalidInputError, InvalidOptionError, philox4x32 } from '@csx/wgsl-kernels';
import { describe, expect, it } from 'vitest';
import { naturalLog } from './natural-log.ts';
import { permutation, sampleWithoutReplacement } from './permutation.ts';
import { streamPurposes } from './purposes.ts';
import { createStream } from './stream.ts';

const many = 20_000;
const draw = <T>(count: number, next: () => T): T[] => Array.from({ length: count }, next);

describe('createStream', () => {
  it('is Philox with the documented counter and key', () => {
    const stream = createStream(42, 'draw', 5, 6, 7);
    const expected = Array.from({ length: 40 }, (_, block) => block).flatMap((block) => [
      ...philox4x32([block, 5, 6, 7], [42, streamPurposes.draw]),
    ]);
    expect(draw(160, stream.uint32)).toEqual(expected);
  });

  it('reads a key that is left out as 0', () => {
    expect(createStream(1, 'draw', 2).uint32()).toBe(createStream(1, 'draw', 2, 0, 0).uint32());
  });

  it('depends on the seed, the purpose and every key', () => {
    const streams = [
      createStream(1, 'draw', 2, 3, 4),
      createStream(2, 'draw', 2, 3, 4),
      createStream(1, 'split', 2, 3, 4),
      createStream(1, 'draw', 9, 3, 4),
      createStream(1, 'draw', 2, 9, 4),
      createStream(1, 'draw', 2, 3, 9),
      createStream(1, 'draw', 3, 2, 4),
    ];
    expect(new Set(streams.map((stream) => stream.uint32())).size).toBe(streams.length);
  });

  it('gives each purpose a number of its own', () => {
    const numbers = Object.values(streamPurposes);
    expect(new Set(numbers).size).toBe(numbers.length);
  });

  it('has uniform values in [0, 1) with the right mean and variance', () => {
    const values = draw(many, createStream(3, 'testData').uniform);
    expect(Math.min(...values)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...values)).toBeLessThan(1);
    const mean = values.reduce((sum, x) => sum + x, 0) / many;
    // Five standard errors: sigma = 1 / sqrt(12).
    expect(Math.abs(mean - 0.5)).toBeLessThan((5 * Math.sqrt(1 / 12)) / Math.sqrt(many));
  });

  it.each([1, 2, 3, 7, 10, 1000])('spreads below(%i) evenly', (n) => {
    const cells = Math.min(n, 10);
    const counts = new Array<number>(cells).fill(0);
    const stream = createStream(4, 'testData', n);
    const values = draw(many, () => stream.below(n));
    expect(Math.min(...values)).toBe(0);
    expect(Math.max(...values)).toBe(n - 1);
    for (const value of values) counts[Math.floor((value * cells) / n)]++;
    const expected = many / cells;
    // Five standard deviations of a binomial count.
    for (const count of counts)
      expect(Math.abs(count - expected)).toBeLessThanOrEqual(5 * Math.sqrt(expected * (1 - 1 / cells)));
  });

  it('rejects the words that would bias below', () => {
    // For n = 3 * 2^30 a quarter of the words is refused; taking remainders would double [0, 2^30).
    const stream = createStream(5, 'testData');
    const n = 3 * 2 ** 30;
    const low = draw(many, () => stream.below(n)).filter((x) => x < 2 ** 30).length;
    expect(Math.abs(low - many / 3)).toBeLessThan(5 * Math.sqrt(many * (2 / 9)));
    expect(createStream(5, 'testData').below(2 ** 32)).toBe(createStream(5, 'testData').uint32());
  });

  it('has normal values with the moments of the normal distribution', () => {
    const values = draw(many, createStream(6, 'testData').normal);
    const moment = (k: number) => values.reduce((sum, x) => sum + x ** k, 0) / many;
    // Five standard errors: the variances of x, x^2, x^3 and x^4 are 1, 2, 15 and 96.
    const bound = (variance: number) => 5 * Math.sqrt(variance / many);
    expect(Math.abs(moment(1))).toBeLessThan(bound(1));
    expect(Math.abs(moment(2) - 1)).toBeLessThan(bound(2));
    expect(Math.abs(moment(3))).toBeLessThan(bound(15));
    expect(Math.abs(moment(4) - 3)).toBeLessThan(bound(96));
  });

  it('pins its numbers, so that a change to them is seen', () => {
    const stream = createStream(0, 'testData', 1, 2, 3);
    expect([
      stream.uint32(),
      stream.uniform(),
      stream.below(1000),
      stream.normal(),
      stream.normal(),
    ]).toMatchInlineSnapshot(`
      [
        733201596,
        0.3447987311430718,
        724,
        -0.1601010413367192,
        1.2651472873522955,
      ]
    `);
  });

  it.each([-1, 0.5, 2 ** 32, Number.NaN])('refuses the seed %d', (seed) => {
    expect(() => createStream(seed, 'draw')).toThrow(InvalidOptionError);
    expect(() => createStream(0, 'draw', seed)).toThrow(InvalidOptionError);
    createStream(2 ** 32 - 1, 'draw', 2 ** 32 - 1);
  });

  it('refuses a fourth key and an impossible below', () => {
    expect(() => createStream(0, 'draw', 1, 2, 3, 4)).toThrow(InvalidOptionError);
    for (const n of [0, -1, 1.5, 2 ** 32 + 1])
      expect(() => createStream(0, 'draw').below(n)).toThrow(InvalidInputError);
  });
});

describe('naturalLog', () => {
  it('equals Math.log within two units in the last place', () => {
    const stream = createStream(7, 'testData');
    for (let i = 0; i < 5000; i++) {
      const x = (stream.uniform() + 2 ** -53) * 2 ** (stream.below(120) - 100);
      const error = Math.abs(naturalLog(x) - Math.log(x));
      expect(error).toBeLessThanOrEqual(4 * Number.EPSILON * Math.max(Math.abs(Math.log(x)), 2 ** -53));
    }
    expect(naturalLog(1)).toBe(0);
  });
});

describe('permutation', () => {
  it.each([0, 1, 2, 5, 1009])('of %i has every integer once', (n) => {
    const order = permutation(n, createStream(8, 'testData', n));
    expect([...order].sort((a, b) => a - b)).toEqual(Array.from({ length: n }, (_, i) => i));
  });

  it('finds all orders of three equally likely', () => {
    const stream = createStream(9, 'testData');
    const counts = new Map<string, number>();
    const rounds = 6000;
    for (let i = 0; i < rounds; i++) {
      const order = permutation(3, stream).join('');
      counts.set(order, (counts.get(order) ?? 0) + 1);
    }
    expect(counts.size).toBe(6);
    for (const count of counts.values())
      expect(Math.abs(count - rounds / 6)).toBeLessThan(5 * Math.sqrt(rounds * (1 / 6) * (5 / 6)));
  });

  it('draws a sample as the start of a permutation', () => {
    const sample = sampleWithoutReplacement(50, 20, createStream(10, 'testData'));
    expect(sample).toEqual(permutation(50, createStream(10, 'testData')).slice(0, 20));
    expect(new Set(sample).size).toBe(20);
  });

  it('refuses to draw more than there are', () => {
    expect(() => sampleWithoutReplacement(3, 4, createStream(0, 'testData'))).toThrow(InvalidInputError);
    expect(() => sampleWithoutReplacement(-1, 0, createStream(0, 'testData'))).toThrow(InvalidInputError);
  });
});
