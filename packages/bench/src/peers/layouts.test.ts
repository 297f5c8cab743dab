import { expect, it } from 'vitest';
import { toChannelsFirst, toChannelsLast, toOutFirst, toOutLast, transpose } from './layouts.ts';

const counted = (length: number) => Float32Array.from({ length }, (_, i) => i);

it('reorders axes as numpy does', () => {
  // numpy.arange(6).reshape(1, 2, 3).transpose(2, 0, 1).ravel()
  expect([...transpose(counted(6), [1, 2, 3], [2, 0, 1])]).toEqual([0, 3, 1, 4, 2, 5]);
});

it('goes to the other layouts and back', () => {
  const images = counted(2 * 3 * 4 * 5);
  expect(toChannelsLast(toChannelsFirst(images, [2, 3, 4, 5]), [2, 5, 3, 4])).toEqual(images);
  const filter = counted(3 * 2 * 4 * 5);
  expect(toOutLast(toOutFirst(filter, [3, 2, 4, 5]), [5, 4, 3, 2])).toEqual(filter);
});
