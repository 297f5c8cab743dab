import { expect, it } from 'vitest';
import { createStream } from '../../src/random/stream.ts';
import { binned, expectDrawnAlike, expectDrawnBy } from './chi-square.ts';

const stream = createStream(1, 'testData');
const drawn = (skew: number, count = 20_000) =>
  binned(
    Array.from({ length: count }, () => stream.uniform() ** skew),
    40,
  );
const even = Object.fromEntries(Array.from({ length: 40 }, (_, bin) => [bin, 1]));

it('the chi-square tests pass even draws, of different sizes too', () => {
  expectDrawnAlike(drawn(1), drawn(1));
  expectDrawnAlike(drawn(1), drawn(1, 3000));
  expectDrawnBy(drawn(1), even);
});

it('the chi-square tests tell skewed draws', () => {
  expect(() => expectDrawnAlike(drawn(1), drawn(1.1))).toThrow();
  expect(() => expectDrawnBy(drawn(1.1), even)).toThrow();
  expect(() => expectDrawnBy({ ...drawn(1), 40: 1 }, even)).toThrow();
});
