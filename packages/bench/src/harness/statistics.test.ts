import { createStream } from '@csx/core';
import { expect, it } from 'vitest';
import { geometricMean, quantile, ratioOfMedians, summarize } from './statistics.ts';

it('summarizes as numpy does', () => {
  // numpy.quantile([4, 1, 2, 3], [0, .25, .5, .75, 1])
  expect(summarize([4, 1, 2, 3])).toEqual({ minMs: 1, q1Ms: 1.75, medianMs: 2.5, q3Ms: 3.25, maxMs: 4 });
  expect(summarize([7])).toEqual({ minMs: 7, q1Ms: 7, medianMs: 7, q3Ms: 7, maxMs: 7 });
  expect(quantile([1, 2, 10], 0.9)).toBeCloseTo(8.4, 12);
});

it('gives the ratio of medians an interval that covers it and narrows with less spread', () => {
  const around = (middle: number, spread: number) =>
    Array.from({ length: 20 }, (_, i) => middle + spread * Math.sin(i * 2.3));
  const wide = ratioOfMedians(around(30, 6), around(10, 2), createStream(0, 'testData'));
  const narrow = ratioOfMedians(around(30, 0.6), around(10, 0.2), createStream(0, 'testData'));
  for (const { ratio, low, high } of [wide, narrow]) {
    expect(low).toBeLessThanOrEqual(ratio);
    expect(high).toBeGreaterThanOrEqual(ratio);
  }
  expect(narrow.high - narrow.low).toBeLessThan((wide.high - wide.low) / 5);
  expect(ratioOfMedians([6, 6, 6], [2, 2], createStream(0, 'testData'))).toEqual({ ratio: 3, low: 3, high: 3 });
});

it('means ratios so that the inverse of the mean is the mean of the inverses', () => {
  // scipy.stats.gmean([0.5, 2, 8])
  expect(geometricMean([0.5, 2, 8])).toBeCloseTo(2, 12);
  expect(geometricMean([2, 0.5, 1 / 8])).toBeCloseTo(0.5, 12);
});
