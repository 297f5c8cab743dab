import { expect, it } from 'vitest';
import type { NotCompared } from './comparison.ts';
import { groupNotCompared, notComparedWho } from './words.ts';

const entry = (record: string, caseName: string, reason: string): NotCompared => ({
  suite: 'nearest',
  caseName,
  candidate: 'csx-gpu',
  title: 'csx on WebGPU',
  place: 'gpu',
  records: [record],
  part: 'cold',
  reason,
});

it('says one reason once, for all records and cases that share it', () => {
  const groups = groupNotCompared([
    entry('A', 'one', 'absent'),
    entry('B', 'one', 'absent'),
    entry('B', 'one', 'other'),
    entry('A', 'two', 'absent'),
    entry('B', 'two', 'absent'),
    entry('A', 'three', 'absent'),
  ]);
  expect(groups.map(({ records, cases, reason }) => [records, cases, reason])).toEqual([
    [['A', 'B'], ['one', 'two'], 'absent'],
    [['B'], ['one'], 'other'],
    [['A'], ['three'], 'absent'],
  ]);
  expect(notComparedWho(groups[0])).toBe('A, B: nearest, csx on WebGPU, cold (first run)');
});
