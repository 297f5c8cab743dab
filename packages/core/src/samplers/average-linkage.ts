/** The distances of n points to each other, each pair once: those of point 0 to all later ones, of point 1, and so on. */
export interface PairDistances {
  readonly n: number;
  /** [n (n - 1) / 2] */
  readonly values: Float64Array;
}

/** Where the distance of two different points stands. */
export function pairAt(n: number, a: number, b: number): number {
  const [low, high] = a < b ? [a, b] : [b, a];
  return (low * (2 * n - low - 1)) / 2 + high - low - 1;
}

/**
 * Clusters of points by average linkage: the two clusters with the least mean distance between their points are merged,
 * as long as it is at most `threshold`. Gives each point the lowest point of its cluster. Overwrites the distances.
 *
 * Follows chains of nearest neighbors, each merge being of two that are nearest to each other: O(n^2) time, and the same
 * clusters, since mean distances never fall by merging. Source: Murtagh, "A survey of recent advances in hierarchical
 * clustering algorithms", 1983.
 */
export function averageLinkage({ n, values }: PairDistances, threshold: number): Uint32Array {
  const sizes = new Uint32Array(n).fill(1);
  const clusters = Uint32Array.from({ length: n }, (_, point) => point);
  const rootOf = (point: number) => {
    let root = point;
    while (clusters[root] !== root) root = clusters[root];
    return root;
  };
  const chain: number[] = [];
  for (let left = n; left > 1; left--) {
    if (chain.length === 0) chain.push(sizes.findIndex((size) => size > 0));
    for (;;) {
      const top = chain[chain.length - 1];
      const before = chain[chain.length - 2];
      // Of several that are as near, the one that the chain came from, else it might never end.
      let nearest = before ?? -1;
      let least = before === undefined ? Number.POSITIVE_INFINITY : values[pairAt(n, top, before)];
      for (let other = 0; other < n; other++) {
        if (other === top || sizes[other] === 0) continue;
        const distance = values[pairAt(n, top, other)];
        if (distance < least) {
          least = distance;
          nearest = other;
        }
      }
      if (nearest !== before) {
        chain.push(nearest);
        continue;
      }
      chain.length -= 2;
      const [kept, gone] = top < nearest ? [top, nearest] : [nearest, top];
      // Those of which a cluster was made are no further apart than it is from others, so that roots stay the lowest.
      if (least <= threshold) {
        const [a, b] = [rootOf(kept), rootOf(gone)];
        clusters[Math.max(a, b)] = Math.min(a, b);
      }
      merge(n, values, sizes, kept, gone);
      break;
    }
  }
  return clusters.map((_, point) => rootOf(point));
}

function merge(n: number, values: Float64Array, sizes: Uint32Array, kept: number, gone: number): void {
  const size = sizes[kept] + sizes[gone];
  for (let other = 0; other < n; other++) {
    if (other === kept || other === gone || sizes[other] === 0) continue;
    const at = pairAt(n, kept, other);
    values[at] = (sizes[kept] * values[at] + sizes[gone] * values[pairAt(n, gone, other)]) / size;
  }
  sizes[kept] = size;
  sizes[gone] = 0;
}
