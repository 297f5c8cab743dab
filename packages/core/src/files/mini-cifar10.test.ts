import { expect, it } from 'vitest';
import { loadMiniCifar10 } from './mini-cifar10.ts';

it('loads the sample from the package', async () => {
  const { train, test } = await loadMiniCifar10();
  expect([train.n, test.n]).toEqual([1700, 600]);
});
