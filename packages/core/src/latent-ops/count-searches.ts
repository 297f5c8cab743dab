import type { LatentOps } from './latent-ops.ts';

/** Rows that were searched for their nearest. */
export interface SearchCounts {
  /** Query rows of all searches. */
  readonly queryCount: number;
  /** Those of them that f32 could not make certain of, and float64 searched again. */
  readonly recomputedCount: number;
}

/** The same operations, with a count of what was searched through them. */
export function countSearches(ops: LatentOps): { readonly ops: LatentOps; counts(): SearchCounts } {
  let [queryCount, recomputedCount] = [0, 0];
  return {
    ops: {
      ...ops,
      async nearest(query, ...rest) {
        const found = await ops.nearest(query, ...rest);
        queryCount += query.n;
        recomputedCount += found.recomputedCount;
        return found;
      },
    },
    counts: () => ({ queryCount, recomputedCount }),
  };
}
