import { expect, it } from 'vitest';
import { measureInTurns, summarize } from './measure.ts';

it('takes the middle of odd and even counts', () => {
  expect(summarize([3, 1, 2])).toMatchObject({ medianMs: 2, minMs: 1, maxMs: 3 });
  expect(summarize([4, 1, 2, 3]).medianMs).toBe(2.5);
});

it('runs every candidate in turn and leaves the first round out', async () => {
  const order: string[] = [];
  const candidate = (name: string) => ({ name, run: async () => order.push(name) });
  const timings = await measureInTurns([candidate('a'), candidate('b')], 2);
  expect(order).toEqual(['a', 'b', 'a', 'b', 'a', 'b']);
  expect(timings.get('a')?.samples).toHaveLength(2);
});
