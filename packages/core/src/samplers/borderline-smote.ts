import type { LatentOps } from '../latent-ops/latent-ops.ts';
import type { RandomStream } from '../random/stream.ts';
import { countEnemies, findNeighbors, type RowNeighbors } from './neighbors.ts';
import { repeatRows } from './random-oversampling.ts';
import type { OptionsOf } from './resample-options.ts';
import type { SampledRows, SamplingTask } from './sampler.ts';
import { drawSegments, smoteInstead } from './smote.ts';

/**
 * Borderline-SMOTE: SMOTE that starts from the rows in danger alone, those with `m / 2 <= enemies < m` among their m
 * nearest of any class (with all of them enemies, a row is noise).
 *
 * The first kind goes from them to their k nearest of the class. The second also goes from them towards their nearest
 * enemy, but at most half the way: a share F of the class's rows, `floor(F * (newCount + 1))`, goes to neighbors of the
 * class and the others towards enemies, F drawn from the Beta distribution with both parameters 10, as imbalanced-learn
 * draws it. (imbalanced-learn 0.10 goes to another row than the nearest enemy: it takes the numbers of the neighbors in
 * the class for numbers of enemies.) Where no row is in danger, SMOTE takes its place.
 *
 * Source: Han, Wang and Mao, "Borderline-SMOTE: A New Over-Sampling Method in Imbalanced Data Sets Learning", 2005.
 */
export async function borderlineSmote(
  task: SamplingTask,
  { sampler, k, m }: OptionsOf<'borderline-smote-1' | 'borderline-smote-2'>,
  ops: LatentOps,
): Promise<SampledRows[]> {
  const { label, latents, labels, rows, newCount } = task;
  const around = await findNeighbors(latents, rows, 'all', m, ops);
  const danger = rowsInDanger(around, labels, label);
  if (danger.length === 0) return [await smoteInstead(task, k, 'no row is in danger', ops)];

  const start = danger.map((place) => rows[place]);
  const own = await findNeighbors(latents, start, rows, k, ops);
  const ownCount =
    sampler === 'borderline-smote-1' ? newCount : Math.floor(betaShare(task.stream('shares')) * (newCount + 1));
  const inward =
    own.k === 0
      ? repeatRows({ ...task, newCount: ownCount })
      : { ...drawSegments(task, start, own, ownCount), method: sampler };
  if (sampler === 'borderline-smote-1') return [inward];

  // A row in danger has an enemy among its m nearest, so that the nearest of all is the first of these.
  const enemies = danger.map((place) => nearestEnemy(around, place, labels, label));
  const partners = task.stream('partners');
  const places = Uint32Array.from({ length: newCount - ownCount }, () => partners.below(danger.length));
  const steps = task.stream('steps');
  const outward = {
    first: places.map((place) => start[place]),
    second: places.map((place) => enemies[place]),
    weight: Float64Array.from(places, () => 0.5 * steps.uniform()),
    method: sampler,
  };
  return [inward, outward];
}

/** The rows, by their place, of whose neighbors half or more are enemies, but not all. */
export function rowsInDanger(around: RowNeighbors, labels: Uint32Array, label: number): Uint32Array {
  const counts = countEnemies(around, labels, label);
  return Uint32Array.from(counts.keys()).filter((place) => 2 * counts[place] >= around.k && counts[place] < around.k);
}

function nearestEnemy({ k, indices }: RowNeighbors, place: number, labels: Uint32Array, label: number): number {
  const own = indices.subarray(place * k, (place + 1) * k);
  return own.find((neighbor) => labels[neighbor] !== label) as number;
}

/** Beta(10, 10): the tenth smallest of 19 uniform numbers. */
export function betaShare(stream: RandomStream): number {
  return Float64Array.from({ length: 19 }, stream.uniform).sort()[9];
}
