import { InvalidOptionError } from '@csx/wgsl-kernels';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createStream } from '../random/stream.ts';
import { assignClosest, assignOneToOne } from './assignment.ts';

/** Least total of all ways to give each row a column of its own. */
function leastTotal(costs: Float64Array, rows: number, columns: number, row = 0, used = 0): number {
  if (row === rows) return 0;
  let least = Number.POSITIVE_INFINITY;
  for (let j = 0; j < columns; j++) {
    if (used & (1 << j)) continue;
    least = Math.min(least, costs[row * columns + j] + leastTotal(costs, rows, columns, row + 1, used | (1 << j)));
  }
  return least;
}

const problem = fc.tuple(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 0, max: 2 })).chain(([rows, more]) =>
  fc.record({
    rows: fc.constant(rows),
    columns: fc.constant(rows + more),
    // Integers, few of them: sums are exact and ties are common.
    costs: fc.array(fc.integer({ min: 0, max: 12 }), {
      minLength: rows * (rows + more),
      maxLength: rows * (rows + more),
    }),
  }),
);

describe('assignOneToOne', () => {
  it('has the least total of all assignments', () => {
    fc.assert(
      fc.property(problem, ({ rows, columns, costs }) => {
        const matrix = Float64Array.from(costs);
        const assigned = assignOneToOne(matrix, rows, columns);
        expect(new Set(assigned).size).toBe(rows);
        expect(assigned.reduce((sum, j, i) => sum + matrix[i * columns + j], 0)).toBe(
          leastTotal(matrix, rows, columns),
        );
      }),
      { numRuns: 300 },
    );
  });

  it('gives up a closest pair where the total gains', () => {
    // Row 0 would take column 0 at 1; then row 1 would pay 10.
    expect(assignOneToOne(Float64Array.of(1, 2, 1, 10), 2, 2)).toEqual([1, 0]);
  });

  it('beats or equals every swap of two rows, for 100 classes', () => {
    const n = 50;
    const stream = createStream(1, 'testData');
    const costs = Float64Array.from({ length: n * n }, () => stream.uniform());
    const assigned = assignOneToOne(costs, n, n);
    expect(new Set(assigned).size).toBe(n);
    const cost = (i: number, j: number) => costs[i * n + j];
    for (let a = 0; a < n; a++)
      for (let b = 0; b < a; b++)
        // Float64 potentials of sums of at most n costs below 1: errors below 1e-13.
        expect(cost(a, assigned[a]) + cost(b, assigned[b])).toBeLessThanOrEqual(
          cost(a, assigned[b]) + cost(b, assigned[a]) + 1e-12,
        );
  });

  it('refuses more rows than columns', () => {
    expect(() => assignOneToOne(Float64Array.of(1, 2), 2, 1)).toThrow(InvalidOptionError);
  });

  it('assigns nothing to no rows', () => {
    expect(assignOneToOne(new Float64Array(0), 0, 3)).toEqual([]);
  });
});

describe('assignClosest', () => {
  it('takes the cheapest, equal ones the first, and may repeat', () => {
    expect(assignClosest(Float64Array.of(3, 1, 1, 5, 0, 0), 2, 3)).toEqual([1, 1]);
  });
});
