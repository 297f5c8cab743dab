import { expect } from 'vitest';

/** How often each thing occurred. */
export type Tally = Readonly<Record<string, number>>;

export function tally(things: readonly (string | number)[]): Tally {
  const counts: Record<string, number> = {};
  for (const thing of things) counts[thing] = (counts[thing] ?? 0) + 1;
  return counts;
}

/** Values of [0, 1) by bins of equal width. */
export function binned(values: readonly number[], bins: number): Tally {
  return tally(values.map((value) => Math.floor(value * bins)));
}

/**
 * What a chi-square statistic exceeds once in a million times, by Wilson and Hilferty's formula; 4.7534 is that quantile of
 * the normal distribution.
 */
function chiSquareLimit(freedom: number): number {
  const part = 2 / (9 * freedom);
  return freedom * (1 - part + 4.7534 * Math.sqrt(part)) ** 3;
}

const total = (counts: Tally) => Object.values(counts).reduce((sum, count) => sum + count, 0);

/**
 * Expects two samples to be drawn alike: the sum over the cells of `(r a - b / r)^2 / (a + b)`, r the root of the ratio of
 * their sizes, is chi-square distributed with as many degrees of freedom as there are cells, less one.
 */
export function expectDrawnAlike(a: Tally, b: Tally): void {
  const r = Math.sqrt(total(b) / total(a));
  const cells = [...new Set([...Object.keys(a), ...Object.keys(b)])].filter(
    (cell) => (a[cell] ?? 0) + (b[cell] ?? 0) > 0,
  );
  const statistic = cells.reduce((sum, cell) => {
    const [ours, theirs] = [a[cell] ?? 0, b[cell] ?? 0];
    return sum + (r * ours - theirs / r) ** 2 / (ours + theirs);
  }, 0);
  expect(cells.length).toBeGreaterThan(5);
  expect(statistic).toBeLessThan(chiSquareLimit(cells.length - 1));
}

/** Expects a sample to be drawn with the probabilities of `weights`, by the same test: sum of (observed - expected)^2 / expected. */
export function expectDrawnBy(counts: Tally, weights: Tally): void {
  const scale = total(counts) / total(weights);
  const cells = Object.keys(weights).filter((cell) => weights[cell] > 0);
  expect(Object.keys(counts).filter((cell) => !(weights[cell] > 0))).toEqual([]);
  const statistic = cells.reduce((sum, cell) => {
    const expected = weights[cell] * scale;
    return sum + ((counts[cell] ?? 0) - expected) ** 2 / expected;
  }, 0);
  expect(statistic).toBeLessThan(chiSquareLimit(cells.length - 1));
}
