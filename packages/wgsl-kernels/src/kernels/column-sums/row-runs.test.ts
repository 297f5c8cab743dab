import { expect, it } from 'vitest';
import { testSession } from '../../../test/support/device.ts';
import {
  additionsOfRun,
  additionsOfSum,
  dataRuns,
  longestRun,
  mostAtOnce,
  partialRuns,
  shortestRun,
} from './row-runs.ts';

const rowCounts = [1, 2, 15, 16, 17, 64, 65, 1009, 2100, 4096 * 16, 4097 * 16, 131_072, 10_000_000];

it('runs cover the rows, within their limits, whatever the adapter', async () => {
  const session = await testSession();
  for (const isSoftware of [true, false]) {
    for (const rows of rowCounts) {
      for (const groups of [1, 3, 16, 128]) {
        const { length, count } = dataRuns({ ...session, isSoftware }, rows, groups);
        expect(length).toBeLessThanOrEqual(longestRun);
        expect(length).toBeGreaterThanOrEqual(Math.min(rows, shortestRun));
        expect((count - 1) * length).toBeLessThan(rows);
        expect(count * length).toBeGreaterThanOrEqual(rows);
      }
    }
  }
});

it('a GPU gets more lanes than a software driver', async () => {
  const session = await testSession();
  const lanes = (isSoftware: boolean) => dataRuns({ ...session, isSoftware }, 131_072, 16).count * 16;
  expect(lanes(false)).toBe(65_536);
  expect(lanes(true)).toBeLessThan(lanes(false));
});

it('passes leave at most as many partials as the last dispatch takes, two where two suffice', () => {
  for (const rows of rowCounts) {
    const passes = partialRuns(rows);
    let left = rows;
    for (const pass of passes) {
      expect(pass.rows).toBe(left);
      expect(pass.length).toBeLessThanOrEqual(mostAtOnce);
      left = pass.count;
    }
    expect(left).toBeLessThanOrEqual(mostAtOnce);
    if (rows <= mostAtOnce) expect(passes).toEqual([]);
    else if (rows <= mostAtOnce ** 2) expect(passes).toHaveLength(1);
  }
});

it('the additions that bounds count are at least those of any plan', async () => {
  const session = await testSession();
  for (const isSoftware of [true, false]) {
    for (const rows of rowCounts) {
      const first = dataRuns({ ...session, isSoftware }, rows, 4);
      const passes = [first, ...partialRuns(first.count)];
      const last = passes[passes.length - 1].count;
      const additions = passes.reduce((sum, { length }) => sum + additionsOfRun(length), additionsOfRun(last));
      expect(additions).toBeLessThanOrEqual(additionsOfSum(rows));
    }
  }
});
