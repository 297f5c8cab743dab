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
 * The k nearest rows of each of `rows` among `among`, both ascending, by Euclidean distance, or all of these where there
 * are fewer. A row is no neighbor of its own: it is left out by its index, not by its distance, so that a duplicate is one.
 */
export async function findNeighbors(
  latents: Matrix,
  rows: Uint32Array,
  among: Uint32Array,
  k: number,
  ops: LatentOps,
): Promise<RowNeighbors> {
  const placeOf = new Map<number, number>();
  among.forEach((row, place) => {
    placeOf.set(row, place);
  });
  const hasSelf = rows.some((row) => placeOf.has(row));
  const kept = Math.min(k, among.length - (hasSelf ? 1 : 0));
  const indices = new Uint32Array(rows.length * kept);
  if (kept === 0) return { k: 0, indices };
  const searched = kept + (hasSelf ? 1 : 0);
  const base = among.length === latents.n ? latents : gatherRows(latents, among);
  const query = rows.length === latents.n ? latents : gatherRows(latents, rows);
  const found = await ops.nearest(query, base, searched);
  rows.forEach((row, at) => {
    const own = found.indices.subarray(at * searched, (at + 1) * searched);
    const self = own.indexOf(placeOf.get(row) ?? -1);
    // Among many duplicates the row may not be its own neighbor; then the last found is one too many.
    const left = self < 0 ? kept : self;
    let to = at * kept;
    for (let i = 0; i < searched; i++) if (i !== left) indices[to++] = among[own[i]];
  });
  return { k: kept, indices };
}
