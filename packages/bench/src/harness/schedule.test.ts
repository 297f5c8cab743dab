import { createStream } from '@csx/core';
import { expect, it } from 'vitest';
import { drawOrder, planSamples } from './schedule.ts';

const rule = { samples: 20, minSamples: 3, budgetMs: 10_000, minSampleMs: 20 };

it.each([
  [1000, rule, { repeats: 1, samples: 10 }],
  [47_000, rule, { repeats: 1, samples: 3 }],
  [30, rule, { repeats: 1, samples: 20 }],
  [3, rule, { repeats: 7, samples: 20 }],
  [1e-6, rule, { repeats: 4096, samples: 20 }],
  [47_000, { ...rule, samples: 2 }, { repeats: 1, samples: 2 }],
])('a run of %d ms', (warmUpMs, given, expected) => {
  expect(planSamples(warmUpMs, given)).toEqual(expected);
});

it('gives every candidate its samples, once a round, in changing order, the few of a slow one spread', () => {
  const order = drawOrder([6, 6, 3, 0], createStream(0, 'testData'));
  const count = (candidate: number) => order.filter((one) => one === candidate).length;
  expect([0, 1, 2, 3].map(count)).toEqual([6, 6, 3, 0]);
  const fast = order.filter((one) => one < 2);
  for (let round = 0; round < 6; round++) expect(fast.slice(2 * round, 2 * round + 2).sort()).toEqual([0, 1]);
  expect(new Set(Array.from({ length: 6 }, (_, round) => fast[2 * round])).size).toBe(2);
  // One slow sample in two rounds of two fast ones each.
  const slowAt = order.flatMap((one, at) => (one === 2 ? [at] : []));
  expect(Math.max(...slowAt.slice(1).map((at, i) => at - slowAt[i]))).toBeLessThanOrEqual(7);
  expect(drawOrder([], createStream(0, 'testData'))).toEqual([]);
});
