import { expect, it } from 'vitest';
import { logScale } from './log-scale.ts';

it('maps equal ratios to equal distances', () => {
  const x = logScale([0.1, 1000], [50, 450]);
  expect([0.1, 1, 10, 100, 1000].map((value) => Math.round(x(value)))).toEqual([50, 150, 250, 350, 450]);
});

it.each([
  [[0.9, 1.1], 500, [0.9, 0.92, 0.94, 0.96, 0.98, 1, 1.02, 1.04, 1.06, 1.08, 1.1]],
  [[0.4, 3], 500, [0.5, 1, 1.5, 2, 2.5, 3]],
  [[0.4, 3], 100, [1, 3]],
  [[0.1, 100], 500, [0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100]],
  [[1e-3, 1e6], 180, [1e-2, 1, 1e2, 1e4, 1e6]],
] as const)('has ticks that are round and that have room: %j on %d pixels', (domain, pixels, expected) => {
  const x = logScale(domain, [0, pixels]);
  const ticks = x.ticks();
  ticks.slice(1).forEach((tick, i) => expect(x(tick) - x(ticks[i])).toBeGreaterThanOrEqual(36));
  expect(ticks).toEqual(expected);
});
