import { describe, expect, it } from 'vitest';
import { makeMatrix, matrixKinds, permutation } from '../../../test/support/cases.ts';
import { distanceMetrics } from '../distance-metric.ts';
import { pairwiseDistanceReference } from '../pairwise-distance/pairwise-distance.reference.ts';
import { createNearestSearch, createNeighbors, nearestReference } from './nearest.reference.ts';

// The search is blocked, stops early and takes four rows at a time: it must still be a plain sort of plain sums.
describe('nearestReference', () => {
  const cases = distanceMetrics.flatMap((metric) =>
    matrixKinds.map((kind) => ({ metric, kind, name: `${metric}, ${kind.name}` })),
  );

  it.each(cases)('$name: is a stable sort of all distances', ({ metric, kind }) => {
    for (const [n, m, d, k] of [
      [9, 1, 1, 1],
      [17, 6, 3, 6],
      [8, 41, 130, 4],
    ]) {
      const query = makeMatrix(n, d, 1, kind);
      const base = makeMatrix(m, d, 2, kind);
      // l2 ranks by the squared distance: the root may make two of them equal.
      const keys = pairwiseDistanceReference(query, base, metric === 'cosine' ? 'cosine' : 'squared-l2');
      const { indices } = nearestReference(query, base, k, metric);
      for (let row = 0; row < n; row++) {
        const own = keys.subarray(row * m, (row + 1) * m);
        const sorted = Array.from({ length: m }, (_, at) => at).sort((x, y) => own[x] - own[y] || x - y);
        expect([...indices.subarray(row * k, (row + 1) * k)]).toEqual(sorted.slice(0, k));
      }
    }
  });

  it.each(distanceMetrics)('%s: distances are those of pairwise-distance, rounded to f32', (metric) => {
    const query = makeMatrix(5, 7, 3);
    const base = makeMatrix(11, 7, 4);
    const all = pairwiseDistanceReference(query, base, metric);
    const { indices, distances } = nearestReference(query, base, 3, metric);
    for (const [at, index] of indices.entries())
      expect(distances[at]).toBe(Math.fround(all[Math.floor(at / 3) * 11 + index]));
  });

  it('gives the same among all rows, in whatever order they come', () => {
    const ties = matrixKinds[2];
    const query = makeMatrix(6, 3, 5, ties);
    const base = makeMatrix(50, 3, 6, ties);
    for (const metric of distanceMetrics) {
      const expected = nearestReference(query, base, 4, metric);
      const out = createNeighbors(6, 4);
      const search = createNearestSearch(base, 4, metric);
      for (let row = 0; row < 6; row++) search.among(query, row, permutation(50, row), out);
      expect(out).toEqual(expected);
    }
  });
});
