import { LimitExceededError, type Matrix } from '@csx/wgsl-kernels';
import type { LatentOps } from '../latent-ops/latent-ops.ts';
import { averageLinkage, type PairDistances, pairAt } from './average-linkage.ts';
import { distancesTo } from './float64-distances.ts';
import { mwmoteWeights } from './mwmote-weights.ts';
import { countEnemies, findNeighbors } from './neighbors.ts';
import type { OptionsOf } from './resample-options.ts';
import type { SampledRows, SamplingTask } from './sampler.ts';
import { smoteInstead } from './smote.ts';
import { drawWeighted } from './weighted-draw.ts';

/** Neighbors that SMOTE looks at where all rows are noise. */
const smoteNeighbors = 5;
/** Most rows of a class whose distances to each other are held: a GiB of them. */
const mostClusteredRows = 16_384;

/**
 * MWMOTE: rows drawn by how much they tell about the border, each blended, at a uniform point, with another row of its
 * cluster, all equally likely (with itself where it is alone).
 *
 * - Rows without one of their own class among their k1 nearest are noise; if all are, SMOTE takes its place.
 * - The border: the k2 nearest rows of other classes of each row that is not noise.
 * - Weights of rows: {@link mwmoteWeights}, with k3 half of the class's rows unless given.
 * - Clusters of all rows of the class: average linkage up to `clusterFactor` times the mean distance of the rows that are
 *   not noise to their nearest such row.
 *
 * Neighbors are searched by `ops`; distances are float64 on the CPU, |border| x rows + rows^2 / 2 of them.
 *
 * Source: Barua, Islam, Yao and Murase, "MWMOTE - Majority Weighted Minority Oversampling Technique for Imbalanced Data
 * Set Learning", 2014; that C is 0 outside a row's k3 nearest as in the R package imbalance.
 *
 * @throws {LimitExceededError} a class of more than 16 384 rows.
 */
export async function mwmote(task: SamplingTask, options: OptionsOf<'mwmote'>, ops: LatentOps): Promise<SampledRows> {
  const { label, latents, labels, rows, newCount } = task;
  if (rows.length > mostClusteredRows)
    throw new LimitExceededError(
      `mwmote: class ${label} has ${rows.length} rows, whose distances to each other do not fit; expected at most ${mostClusteredRows}`,
      { hint: 'leave the class out of samplingStrategy, or use another sampler' },
    );
  const around = await findNeighbors(latents, rows, 'all', options.k1, ops);
  const enemies = countEnemies(around, labels, label);
  const clean = Uint32Array.from(rows.keys()).filter((place) => enemies[place] < around.k);
  if (clean.length === 0) return smoteInstead(task, smoteNeighbors, 'no row has a neighbor of its own class', ops);

  const others = Uint32Array.from(labels.keys()).filter((row) => labels[row] !== label);
  const start = clean.map((place) => rows[place]);
  const nearestOthers = await findNeighbors(latents, start, others, options.k2, ops);
  const border = Uint32Array.from(new Set(nearestOthers.indices)).sort();
  const k3 = options.k3 ?? Math.max(1, Math.floor(rows.length / 2));
  const weights = mwmoteWeights(latents, rows, border, { ...options, k3 });
  const members = clusterMembers(latents, rows, clean, options.clusterFactor);

  const places = drawWeighted(weights, newCount, task.stream('rows'));
  const partners = task.stream('partners');
  return {
    first: places.map((place) => rows[place]),
    second: places.map((place) => {
      const alike = members[place];
      if (alike.length === 1) return rows[place];
      const drawn = partners.below(alike.length - 1);
      return rows[alike[drawn] < place ? alike[drawn] : alike[drawn + 1]];
    }),
    weight: Float64Array.from({ length: newCount }, task.stream('weights').uniform),
    method: 'mwmote',
  };
}

/** For each row, by its place, the places of its cluster, ascending; `clean` holds places, too. */
function clusterMembers(latents: Matrix, rows: Uint32Array, clean: Uint32Array, factor: number): readonly number[][] {
  const distances = distancesBetween(latents, rows);
  const clusters = averageLinkage(distances, factor * meanNearest(distances, clean));
  const members = Array.from(rows, (): number[] => []);
  clusters.forEach((cluster, place) => {
    members[cluster].push(place);
  });
  return Array.from(clusters, (cluster) => members[cluster]);
}

/** Mean distance of some points to the nearest other of them; 0 for a single one. */
function meanNearest({ n, values }: PairDistances, points: Uint32Array): number {
  if (points.length === 1) return 0;
  let sum = 0;
  for (const point of points) {
    let least = Number.POSITIVE_INFINITY;
    for (const other of points) if (other !== point) least = Math.min(least, values[pairAt(n, point, other)]);
    sum += least;
  }
  return sum / points.length;
}

function distancesBetween(latents: Matrix, rows: Uint32Array): PairDistances {
  const n = rows.length;
  const values = new Float64Array((n * (n - 1)) / 2);
  let at = 0;
  for (let place = 0; place < n - 1; place++) {
    values.set(distancesTo(latents, rows[place], rows.subarray(place + 1)), at);
    at += n - 1 - place;
  }
  return { n, values };
}
