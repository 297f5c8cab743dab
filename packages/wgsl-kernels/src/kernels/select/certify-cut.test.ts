import { describe, expect, it } from 'vitest';
import { certifyCut, holds, widened } from './certify-cut.ts';

describe('certifyCut', () => {
  it('decides half a million rows that are all in doubt', () => {
    const n = 500_000;
    const rows = certifyCut({
      scores: new Float32Array(n).fill(3),
      errorOf: () => 0.5,
      cut: { low: 2.5, high: 3.5 },
      count: n / 2,
      side: 'top',
      rescore: (asked) => Float64Array.from(asked, (row) => 3 + (row % 2) * 0.1),
    });
    expect(rows.length).toBe(n / 2);
    expect(rows.every((row, i) => row === 2 * i + 1)).toBe(true);
  });

  it('keeps a row in doubt whose bounds touch those of the cut', () => {
    const asked: number[] = [];
    const rows = certifyCut({
      scores: Float32Array.of(1, 2, 3, 4),
      errorOf: () => 0.5,
      cut: { low: 1.5, high: 2.5 },
      count: 2,
      side: 'bottom',
      rescore: (some) => {
        asked.push(...some);
        // Row 0 at its upper end, row 2 at its lower end.
        return Float64Array.from(some, (row) => [1.5, 2.5, 2.5][row]);
      },
    });
    expect(asked).toEqual([0, 1, 2]);
    expect([...rows]).toEqual([0, 1]);
  });
});

describe('bounds of a score', () => {
  it('stay exact at 0, hold at their ends, and never hold for NaN', () => {
    expect(widened(5, 0)).toBe(0);
    expect(holds(5, 0, 5)).toBe(true);
    expect(holds(5, 0, 5 + 2 ** -50)).toBe(false);
    expect(holds(5, 0.1, 5.1)).toBe(true);
    expect(holds(5, 0.1, 5.2)).toBe(false);
    expect(holds(5, 0.1, Number.NaN)).toBe(false);
  });
});
