import type { Matrix } from '../../matrix.ts';
import type { DistanceMetric } from '../distance-metric.ts';

/**
 * Distances of every row of `a` to every row of `b`, [n, m] row-major, in float64, summed in index order. The formulas
 * are those of `createPairwiseDistance`. Inputs are not checked.
 */
export function pairwiseDistanceReference(a: Matrix, b: Matrix, metric: DistanceMetric): Float64Array {
  const { d } = a;
  const distances = new Float64Array(a.n * b.n);
  for (let row = 0; row < a.n; row++) {
    for (let column = 0; column < b.n; column++) {
      let squared = 0;
      let dot = 0;
      let aa = 0;
      let bb = 0;
      for (let j = 0; j < d; j++) {
        const x = a.data[row * d + j];
        const y = b.data[column * d + j];
        squared += (x - y) * (x - y);
        dot += x * y;
        aa += x * x;
        bb += y * y;
      }
      const cosine = () => (aa === 0 || bb === 0 ? 1 : Math.max(0, 1 - dot / (Math.sqrt(aa) * Math.sqrt(bb))));
      distances[row * b.n + column] = metric === 'cosine' ? cosine() : metric === 'l2' ? Math.sqrt(squared) : squared;
    }
  }
  return distances;
}
