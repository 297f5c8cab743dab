import { describe, expect, it } from 'vitest';
import { madeUpRecord } from '../../test/support/made-up-record.ts';
import { renderSummaryTable } from './summary-table.ts';

describe('summary table', () => {
  const text = renderSummaryTable(madeUpRecord({ testCount: 40 }));
  const lines = text.split('\n');

  it('has a line for the control and for every arm, within 80 columns', () => {
    const first = lines.map((line) => line.match(/^(?:Algorithm \d|\w+)/)?.[0]);
    for (const name of ['control', 'none', 'random', 'top', 'bottom', 'asymmetric', 'Algorithm 1', 'Algorithm 2']) {
      expect(first.filter((start) => start === name)).toHaveLength(1);
    }
    for (const line of lines) expect(line.length).toBeLessThanOrEqual(80);
  });

  it('marks the best of each quality', () => {
    const record = madeUpRecord({ testCount: 40 });
    const best = Math.max(
      ...[record.control, ...record.arms.map(({ evaluation }) => evaluation)].map((e) => e.minorRecall),
    );
    expect(text).toContain(`${(100 * best).toFixed(1)}*`);
    expect(text.match(/\d\*/g)?.length).toBeGreaterThanOrEqual(4);
  });

  it('is plain text: no color codes, no odd characters', () => {
    expect(text).toMatch(/^[\n\x20-\x7e]*$/);
  });

  it('marks nothing where all are equal', () => {
    const record = madeUpRecord({ testCount: 40, arms: ['none'] });
    const same = renderSummaryTable({ ...record, control: record.arms[0].evaluation });
    expect(same).not.toMatch(/\d\*/);
  });
});
