import type { LatentOps } from '../latent-ops/latent-ops.ts';
import { countEnemies, findNeighbors } from './neighbors.ts';
import type { OptionsOf } from './resample-options.ts';
import type { SampledRows, SamplingTask } from './sampler.ts';
import { drawPartners, smoteInstead } from './smote.ts';

/**
 * ADASYN: row i of the class is blended `round(newCount * e_i / sum(e))` times with one of its k nearest of the class, at
 * a uniform point, where e_i counts the enemies among its k nearest of any class; halves are rounded to even. So the
 * class may get a few rows more or less than asked for. Where no row has an enemy, or all round to nothing, SMOTE takes
 * its place.
 *
 * Source: He, Bai, Garcia and Li, "ADASYN: Adaptive Synthetic Sampling Approach for Imbalanced Learning", 2008.
 */
export async function adasyn(task: SamplingTask, { k }: OptionsOf<'adasyn'>, ops: LatentOps): Promise<SampledRows> {
  const { label, latents, labels, rows, newCount } = task;
  const around = await findNeighbors(latents, rows, 'all', k, ops);
  const counts = adasynCounts(countEnemies(around, labels, label), newCount);
  if (counts === undefined) return smoteInstead(task, k, 'no row has a neighbor of another class', ops);
  const total = counts.reduce((sum, count) => sum + count, 0);
  if (total === 0) return smoteInstead(task, k, `${newCount} rows are too few to spread by neighbors`, ops);

  const places = new Uint32Array(total);
  let at = 0;
  counts.forEach((count, place) => {
    places.fill(place, at, at + count);
    at += count;
  });
  const own = await findNeighbors(latents, rows, rows, k, ops);
  const first = places.map((place) => rows[place]);
  const sampled = {
    first,
    // The only row of a class has no neighbor: it is repeated.
    second: own.k === 0 ? first : drawPartners(task, places, own),
    weight:
      own.k === 0 ? new Float64Array(total) : Float64Array.from({ length: total }, task.stream('weights').uniform),
    method: 'adasyn',
  };
  if (total === newCount) return sampled;
  return { ...sampled, note: `${total} rows, not ${newCount}: each row's count is rounded` };
}

/** Rows to make of each; undefined where there is no enemy at all. The quotients are exact, so that halves are halves. */
export function adasynCounts(enemies: Uint32Array, newCount: number): Uint32Array | undefined {
  const all = enemies.reduce((sum, count) => sum + count, 0);
  if (all === 0) return undefined;
  return enemies.map((count) => {
    const product = count * newCount;
    const whole = Math.floor(product / all);
    const twice = 2 * (product - whole * all);
    return twice > all || (twice === all && whole % 2 === 1) ? whole + 1 : whole;
  });
}
