import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { comparableDomains } from './dot-rows.ts';
import { linePath } from './path.ts';
import { placeLabels } from './place-labels.ts';
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

  it('labels of points stay inside the picture, and off each other where there is room', () => {
    const bounds = { left: 0, right: 500, top: 0, bottom: 300 };
    const point = fc.record({ x: fc.integer({ min: 0, max: 500 }), y: fc.integer({ min: 10, max: 290 }) });
    fc.assert(
      fc.property(fc.array(point, { maxLength: 8 }), (points) => {
        const labels = placeLabels(
          points,
          points.map(() => 60),
          bounds,
        );
        for (const { x, y, anchor } of labels) {
          const left = anchor === 'start' ? x : x - 60;
          expect(left >= 0 && left + 60 <= 500 && y >= 0 && y <= 300).toBe(true);
        }
      }),
    );
    const [a, b] = placeLabels(
      [
        { x: 100, y: 100 },
        { x: 130, y: 103 },
      ],
      [60, 60],
      bounds,
    );
    const apart = Math.abs(a.y - b.y) >= 15 || a.anchor !== b.anchor;
    expect(apart).toBe(true);
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
