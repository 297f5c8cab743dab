import type { Matrix } from '@csx/wgsl-kernels';
import type { LatentOps } from '../latent-ops/latent-ops.ts';
import { gatherRows } from './class-rows.ts';

/** How far two classes are apart: between their means, or from the minor's rows to their nearest rows of the major. */
export type ClassDistance = 'centroid' | 'nearest';

export interface ClassDistancesInput {
  readonly latents: Matrix;
  /** [c]: the rows of each class. */
  readonly classRows: readonly Uint32Array[];
  readonly minors: readonly number[];
  readonly majors: readonly number[];
  readonly distance: ClassDistance;
}

/**
 * Distance of each minor class to each major class: `[minors, majors]`, Euclidean.
 *
 * `centroid`: `|mean(minor) - mean(major)|`. `nearest`: the mean over the minor's rows z of
 * `min over major rows y of |z - y|`; not symmetric.
 *
 * Everything but the search for neighbors is float64 on the CPU, whichever `ops` are given: it is
 * linear in the data, and the choice of a class pair must not hang on an adapter's rounding.
 */
export async function classDistances(input: ClassDistancesInput, ops: LatentOps): Promise<Float64Array> {
  const { latents, classRows, minors, majors } = input;
  const result = new Float64Array(minors.length * majors.length);
  if (input.distance === 'centroid') {
    const means = classRows.map((rows) => meanOfRows(latents, rows));
    minors.forEach((minor, i) => {
      majors.forEach((major, j) => {
        result[i * majors.length + j] = distanceBetween(means[minor], 0, means[major], 0, latents.d);
      });
    });
    return result;
  }
  for (const [i, minor] of minors.entries()) {
    const query = gatherRows(latents, classRows[minor]);
    for (const [j, major] of majors.entries()) {
      const base = gatherRows(latents, classRows[major]);
      const { indices } = await ops.nearest(query, base, 1);
      let sum = 0;
      for (let row = 0; row < query.n; row++)
        sum += distanceBetween(query.data, row * query.d, base.data, indices[row] * base.d, query.d);
      result[i * majors.length + j] = sum / query.n;
    }
  }
  return result;
}

function meanOfRows(latents: Matrix, rows: Uint32Array): Float64Array {
  const { data, d } = latents;
  const mean = new Float64Array(d);
  for (const row of rows) for (let k = 0; k < d; k++) mean[k] += data[row * d + k];
  return mean.map((sum) => sum / rows.length);
}

function distanceBetween(
  a: ArrayLike<number>,
  aStart: number,
  b: ArrayLike<number>,
  bStart: number,
  d: number,
): number {
  let sum = 0;
  for (let k = 0; k < d; k++) {
    const difference = a[aStart + k] - b[bStart + k];
    sum += difference * difference;
  }
  return Math.sqrt(sum);
}
