import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { holm } from './holm.ts';
import { meanInterval } from './interval.ts';
import { studentTProbability, studentTQuantile } from './student-t.ts';
import { signedRankTest } from './wilcoxon.ts';

interface Oracle {
  readonly studentT: { probability: number; freedom: number; quantile: number; back: number }[];
  readonly signedRank: {
    name: string;
    differences: number[];
    positiveRanks: number;
    greater: number;
    less: number;
    twoSided: number;
  }[];
  readonly meanInterval: { values: number[]; level: number; mean: number; low: number; high: number }[];
  readonly holm: { probabilities: number[]; adjusted: number[] }[];
}

const oracle = JSON.parse(
  readFileSync(new URL('../../../test/fixtures/statistics-oracle.json', import.meta.url), 'utf8'),
) as Oracle;

/** scipy 1.10 itself is 3e-9 away from what it and scipy 1.17 give for the probability of its own quantiles. */
const close = (value: number, expected: number) =>
  expect(Math.abs(value - expected)).toBeLessThanOrEqual(1e-8 * Math.max(1, Math.abs(expected)));

describe('against scipy', () => {
  it.each(oracle.studentT)('t of $freedom degrees at $probability', ({ probability, freedom, quantile, back }) => {
    close(studentTQuantile(probability, freedom), quantile);
    close(studentTProbability(1.5, freedom), back);
  });

  it.each(oracle.signedRank)('signed ranks: $name', ({ differences, positiveRanks, greater, less, twoSided }) => {
    const test = signedRankTest(differences);
    expect(test.positiveRanks).toBe(positiveRanks);
    close(test.greater, greater);
    close(test.less, less);
    close(test.twoSided, twoSided);
  });

  it.each(oracle.meanInterval)('interval of $values.length values at $level', ({ values, level, mean, low, high }) => {
    const interval = meanInterval(values, level);
    close(interval?.mean as number, mean);
    close(interval?.low as number, low);
    close(interval?.high as number, high);
  });

  it.each(oracle.holm)('Holm of $probabilities', ({ probabilities, adjusted }) => {
    holm(probabilities).forEach((value, i) => close(value, adjusted[i]));
  });
});

it('decides nothing from nothing', () => {
  expect(signedRankTest([])).toMatchObject({ n: 0, greater: 1, less: 1, twoSided: 1 });
  expect(signedRankTest([0, 0])).toMatchObject({ n: 0, twoSided: 1 });
  expect(meanInterval([])).toBeUndefined();
  expect(meanInterval([3])).toEqual({ n: 1, mean: 3, low: undefined, high: undefined });
  expect(holm([])).toEqual([]);
});

it('gives n differences of one sign a probability of 2^-n', () => {
  for (let n = 1; n <= 10; n++)
    expect(signedRankTest(Array.from({ length: n }, (_, i) => i + 1)).greater).toBe(2 ** -n);
});

it('refuses a quantile that there is not', () => {
  expect(() => studentTQuantile(1, 4)).toThrow('got probability 1 and 4 degrees of freedom');
  expect(() => studentTQuantile(0.9, 0)).toThrow('0 degrees');
  expect(studentTQuantile(0.9, 1)).toBeGreaterThan(3);
});
