import { InvalidInputError, type Matrix } from '@csx/wgsl-kernels';
import type { LatentOps } from '../latent-ops/latent-ops.ts';
import { gatherRows } from './class-rows.ts';

/** How many neighbors the `density` reading of equation (1) looks at. */
export const densityNeighborCount = 5;

/**
 * How thin each row's own class is around it: `[rows]`, the mean Euclidean distance to its
 * {@link densityNeighborCount} nearest other rows of the class, or to all others where it has fewer.
 *
 * The row itself is left out by its index, not by its distance, so a duplicate counts as a neighbor.
 *
 * @throws {InvalidInputError} fewer than two rows: there is no neighbor to measure.
 */
export async function classDensity(latents: Matrix, classRows: Uint32Array, ops: LatentOps): Promise<Float32Array> {
  if (classRows.length < 2)
    throw new InvalidInputError(`density: the class has ${classRows.length} row, expected at least 2`, {
      hint: 'use another reading, or give the class more images',
    });
  const own = gatherRows(latents, classRows);
  const found = Math.min(densityNeighborCount + 1, own.n);
  const { indices, distances } = await ops.nearest(own, own, found, 'l2');
  return Float32Array.from(classRows, (_, row) => {
    const start = row * found;
    const self = indices.subarray(start, start + found).indexOf(row);
    // With many duplicates the row may not be among its own nearest; then the last found is one too many.
    const left = self < 0 ? found - 1 : self;
    let sum = 0;
    for (let i = 0; i < found; i++) if (i !== left) sum += distances[start + i];
    return sum / (found - 1);
  });
}
