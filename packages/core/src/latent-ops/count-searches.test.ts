import { nearestReference } from '@csx/wgsl-kernels';
import { afterAll, expect, it } from 'vitest';
import { makeMatrix, matrixKinds } from '../../../wgsl-kernels/test/support/cases.ts';
import { countSearches } from './count-searches.ts';
import { createCpuLatentOps } from './cpu-latent-ops.ts';

const cpu = createCpuLatentOps({ threads: 1 });
afterAll(() => cpu.dispose());

it('counts rows that were searched, and those that f32 could not tell apart', async () => {
  const { ops, counts } = countSearches(cpu);
  expect(counts()).toEqual({ queryCount: 0, recomputedCount: 0 });
  const [query, base] = [makeMatrix(30, 6, 1), makeMatrix(40, 6, 2)];
  const { indices } = await ops.nearest(query, base, 2, 'cosine');
  expect(indices).toEqual(nearestReference(query, base, 2, 'cosine').indices);
  expect(counts()).toEqual({ queryCount: 30, recomputedCount: 0 });
  // Large enough for the filter, of equal rows.
  const equal = matrixKinds[3];
  await ops.nearest(makeMatrix(500, 256, 3, equal), makeMatrix(800, 256, 4, equal), 1);
  expect(counts()).toEqual({ queryCount: 530, recomputedCount: 500 });
  await expect(ops.nearest(query, base, 41)).rejects.toThrow('base has 40 rows');
  expect(counts().queryCount).toBe(530);
});
