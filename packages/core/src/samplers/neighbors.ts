import type { Matrix } from '@csx/wgsl-kernels';
import type { LatentOps } from '../latent-ops/latent-ops.ts';
import { gatherRows } from '../method/class-rows.ts';

/** The neighbors of some rows, as rows of all latents. */
export interface RowNeighbors {
  /** Neighbors of each row. */
  readonly k: number;
  /** [rows, k], nearest first; equal distances in the order of the lower row. */
  readonly indices: Uint32Array;
}

/**
 * The k nearest rows of each of `rows` among `among`, ascending, by Euclidean distance, or all of these where there are
 * fewer. A row is no neighbor of its own: it is left out by its index, not by its distance, so that a duplicate is one.
 */
export async function findNeighbors(
  latents: Matrix,
  rows: Uint32Array,
  among: Uint32Array | 'all',
  k: number,
  ops: LatentOps,
): Promise<RowNeighbors> {
  const m = among === 'all' ? latents.n : among.length;
  const placeOf = (row: number) => (among === 'all' ? row : placeIn(among, row));
  const hasSelf = rows.some((row) => placeOf(row) >= 0);
  const kept = Math.min(k, hasSelf ? m - 1 : m);
  if (rows.length * kept === 0) return { k: kept, indices: new Uint32Array(0) };
  const searched = hasSelf ? kept + 1 : kept;

  const gathered = among === 'all' ? latents : gatherRows(latents, among);
  // The same rows on both sides are sent once.
  const base =
    among === rows && gathered.resident === undefined
      ? await ops.keep(gathered)
      : { matrix: gathered, release: () => undefined };
  try {
    const query = among === rows ? base.matrix : gatherRows(latents, rows);
    const found = await ops.nearest(query, base.matrix, searched);
    const places = searched === kept ? found.indices : withoutSelf(found.indices, kept, (at) => placeOf(rows[at]));
    return { k: kept, indices: among === 'all' ? places : places.map((place) => among[place]) };
  } finally {
    base.release();
  }
}

/**
 * The k nearest others out of the k + 1 nearest of each row: the row itself is left out by its place, so that its
 * duplicates stay.
 */
export function withoutSelf(found: Uint32Array, k: number, placeOf: (at: number) => number): Uint32Array {
  const places = new Uint32Array((found.length / (k + 1)) * k);
  for (let from = 0, to = 0, at = 0; from < found.length; from += k + 1, at++) {
    const own = found.subarray(from, from + k + 1);
    const self = own.indexOf(placeOf(at));
    // Among many duplicates it may not be its own neighbor; then the last found is one too many.
    const left = self < 0 ? k : self;
    for (let i = 0; i <= k; i++) if (i !== left) places[to++] = own[i];
  }
  return places;
}

/** Where a row stands in ascending rows; -1 where it does not. */
function placeIn(among: Uint32Array, row: number): number {
  let low = 0;
  let high = among.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (among[middle] < row) low = middle + 1;
    else high = middle;
  }
  return among[low] === row ? low : -1;
}

/** Neighbors of each row that have another label than `label`: its enemies. */
export function countEnemies({ k, indices }: RowNeighbors, labels: Uint32Array, label: number): Uint32Array {
  const counts = new Uint32Array(k === 0 ? 0 : indices.length / k);
  indices.forEach((neighbor, at) => {
    if (labels[neighbor] !== label) counts[Math.floor(at / k)]++;
  });
  return counts;
}
