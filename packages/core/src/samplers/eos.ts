import type { LatentOps } from '../latent-ops/latent-ops.ts';
import { findNeighbors } from './neighbors.ts';
import type { OptionsOf } from './resample-options.ts';
import type { SampledRows, SamplingTask } from './sampler.ts';
import { smoteInstead } from './smote.ts';

/** Neighbors that SMOTE looks at where no row has an enemy. */
const smoteNeighbors = 5;

/**
 * Expansive over-sampling: `x + u * (e - x)` with x a row of the class that has an enemy among its k nearest of any class,
 * all such rows equally likely, e one of these enemies, all equally likely, and u uniform in [0, 1). Where no row has
 * one, SMOTE takes its place.
 *
 * Source: Dablain, Bellinger, Krawczyk and Chawla, "Efficient Augmentation for Imbalanced Deep Learning", 2023. (Its code
 * counts a row's neighbors from the row itself and so takes the one before the enemy; here it is the enemy, as in the text.)
 */
export async function eos(task: SamplingTask, { k }: OptionsOf<'eos'>, ops: LatentOps): Promise<SampledRows> {
  const { label, latents, labels, rows, newCount } = task;
  const around = await findNeighbors(latents, rows, 'all', k, ops);
  const withEnemies = Array.from(rows, (row, place) => {
    const neighbors = around.indices.subarray(place * around.k, (place + 1) * around.k);
    return { row, enemies: neighbors.filter((neighbor) => labels[neighbor] !== label) };
  }).filter(({ enemies }) => enemies.length > 0);
  if (withEnemies.length === 0)
    return smoteInstead(task, smoteNeighbors, 'no row has a neighbor of another class', ops);

  const first = new Uint32Array(newCount);
  const second = new Uint32Array(newCount);
  const starts = task.stream('rows');
  const partners = task.stream('partners');
  for (let at = 0; at < newCount; at++) {
    const { row, enemies } = withEnemies[starts.below(withEnemies.length)];
    first[at] = row;
    second[at] = enemies[partners.below(enemies.length)];
  }
  return {
    first,
    second,
    weight: Float64Array.from({ length: newCount }, task.stream('weights').uniform),
    method: 'eos',
  };
}
