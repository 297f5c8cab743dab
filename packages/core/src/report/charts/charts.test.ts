import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { comparableDomains } from './dot-rows.ts';
import { linePath } from './path.ts';
import { spreadApart } from './spread-apart.ts';

describe('parts of charts', () => {
  it('labels are pushed apart, in order, around where they were', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 200 }), { maxLength: 12 }), (positions) => {
        const moved = spreadApart(positions, 15);
        const sorted = moved.toSorted((a, b) => a - b);
        for (let i = 1; i < sorted.length; i++) expect(sorted[i] - sorted[i - 1]).toBeGreaterThanOrEqual(15 - 1e-9);
        positions.forEach((a, i) => {
          positions.forEach((b, j) => {
            if (a < b) expect(moved[i]).toBeLessThan(moved[j]);
          });
        });
      }),
    );
    expect(spreadApart([10, 100], 15)).toEqual([10, 100]);
    expect(spreadApart([10, 10], 20)).toEqual([0, 20]);
  });

  it('ranges side by side have one length, contain their values and do not pass 1 by much', () => {
    const values = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(fc.array(values, { minLength: 1, maxLength: 6 }), (groups) => {
        const domains = comparableDomains(groups);
        const [first, last] = domains[0];
        domains.forEach(([low, high], g) => {
          expect(high - low).toBeCloseTo(last - first, 12);
          expect(low <= Math.min(...groups[g]) && high >= Math.max(...groups[g])).toBe(true);
        });
      }),
    );
  });

  it('paths leave out points that rounding made equal', () => {
    expect(
      linePath([
        [0, 0],
        [0.04, 0.01],
        [1.26, 2],
      ]),
    ).toBe('M0 0L1.3 2');
    expect(linePath([])).toBe('');
  });
});
