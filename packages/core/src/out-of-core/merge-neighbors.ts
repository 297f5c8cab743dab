import type { Neighbors } from '@csx/wgsl-kernels';

/** No row, farther away than any. */
const noRow = 0xffffffff;

/** Room for the k nearest of n rows, of which none is known yet. */
export function noNeighbors(n: number, k: number): Neighbors {
  return {
    indices: new Uint32Array(n * k).fill(noRow),
    distances: new Float32Array(n * k),
    keys: new Float64Array(n * k).fill(Number.POSITIVE_INFINITY),
  };
}

/** Neighbors of some query rows within one block of the base. */
export interface FoundInBlock {
  readonly neighbors: Neighbors;
  /** Neighbors a row. */
  readonly count: number;
  /** The rows that the first query and the first base row have in the whole. */
  readonly firstQuery: number;
  readonly firstBase: number;
}

const isNearer = (key: number, index: number, otherKey: number, otherIndex: number) =>
  key < otherKey || (key === otherKey && index < otherIndex);

/** Puts what was found in a block among the k nearest known. Blocks may come in any order: equal keys go to the lower row. */
export function mergeNeighbors(known: Neighbors, k: number, found: FoundInBlock): void {
  const { neighbors, count, firstQuery, firstBase } = found;
  const { indices, distances, keys } = known;
  const rows = neighbors.keys.length / count;
  for (let row = 0; row < rows; row++) {
    const start = (firstQuery + row) * k;
    const last = start + k - 1;
    for (let from = row * count; from < (row + 1) * count; from++) {
      const key = neighbors.keys[from];
      const index = neighbors.indices[from] + firstBase;
      // What follows in the block is farther away.
      if (!isNearer(key, index, keys[last], indices[last])) break;
      let at = last;
      for (; at > start && isNearer(key, index, keys[at - 1], indices[at - 1]); at--) {
        indices[at] = indices[at - 1];
        distances[at] = distances[at - 1];
        keys[at] = keys[at - 1];
      }
      indices[at] = index;
      distances[at] = neighbors.distances[from];
      keys[at] = key;
    }
  }
}
