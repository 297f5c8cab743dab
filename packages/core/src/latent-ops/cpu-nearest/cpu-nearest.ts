import {
  createNearestSearch,
  createNeighbors,
  type DistanceMetric,
  type Matrix,
  type NearestSearch,
  type Neighbors,
} from '@csx/wgsl-kernels';
import type { NearestResult } from '../latent-ops.ts';
import type { Candidates } from './candidate-lists.ts';
import { mostFilteredColumns } from './filter.bounds.ts';
import { createNearestFilter, type FilteredBase, type FilterOptions } from './nearest-filter.ts';

/** Rows kept beyond k at first: the fewer, the more often the last one kept is too close to the k-th to be certain. */
const extraCandidates = 3;
/** So many times more are kept for the rows that were not certain, and again; data with many near ties needs them. */
const growth = 16;

export interface CpuNearest {
  /**
   * What `nearestReference` returns, bit for bit: f32 only chooses which rows are looked at, and float64 looks at all
   * that could be nearer than the k-th found. `recomputedCount` rows were searched in float64 alone. Inputs are not
   * checked.
   */
  search(query: Matrix, base: Matrix, k: number, metric: DistanceMetric): Promise<NearestResult>;
  dispose(): void;
}

/** Writes a query's neighbors, and returns whether they are certain. */
function settle(
  search: NearestSearch,
  query: Matrix,
  row: number,
  { count, rows, lowerBounds }: Candidates,
  at: number,
  { n: m, k, cosine }: { n: number; k: number; cosine: boolean },
  out: Neighbors,
): boolean {
  const start = at * count;
  const lowest = (candidate: number) => lowerBounds[start + candidate] / (cosine ? 2 : 1);
  const worst = () => out.keys[row * k + k - 1];
  search.among(query, row, rows.subarray(start, start + k), out);
  let end = k;
  while (end < count && lowest(end) <= worst()) end++;
  if (end > k) search.among(query, row, rows.subarray(start, start + end), out);
  return count === m || lowest(count - 1) > worst();
}

/** Makes the search; see `createNearestFilter` for what it keeps. */
export function createCpuNearest(options: FilterOptions = {}): CpuNearest {
  const filter = createNearestFilter(options);
  return {
    async search(query, base, k, metric) {
      const { n: m, d } = base;
      const out = createNeighbors(query.n, k);
      const exact = createNearestSearch(base, k, metric);
      const need = { n: m, k, cosine: metric === 'cosine' };

      /** Settles what it can of all queries, and returns the others. */
      const settleMost = async (filtered: FilteredBase): Promise<Uint32Array> => {
        let uncertain = Uint32Array.from({ length: query.n }, (_, row) => row);
        let count = k + extraCandidates;
        do {
          const most = filtered.mostQueries(count);
          if (most === 0) return uncertain;
          const left: number[] = [];
          for (let start = 0; start < uncertain.length; start += most) {
            const rows = uncertain.subarray(start, start + most);
            const candidates = await filtered.candidates(query, rows, count);
            if (candidates === undefined) return uncertain;
            for (const [at, row] of rows.entries()) {
              if (!settle(exact, query, row, candidates, at, need, out)) left.push(row);
            }
          }
          uncertain = Uint32Array.from(left);
          count *= growth;
          // Beyond that, float64 has not much more to look at without the filter.
        } while (uncertain.length > 0 && count <= m / 8);
        return uncertain;
      };

      const uncertain =
        d <= mostFilteredColumns
          ? await filter.over(base, metric, settleMost)
          : Uint32Array.from({ length: query.n }, (_, row) => row);
      for (let at = 0; at < uncertain.length; ) {
        let end = at + 1;
        while (end < uncertain.length && uncertain[end] === uncertain[end - 1] + 1) end++;
        exact.rows(query, uncertain[at], end - at, out);
        at = end;
      }
      return { ...out, recomputedCount: uncertain.length };
    },
    dispose: () => filter.dispose(),
  };
}
