import type { LatentOps } from '../latent-ops/latent-ops.ts';
import { findNeighbors, type RowNeighbors } from './neighbors.ts';
import { repeatRows } from './random-oversampling.ts';
import type { SampledRows, SamplingTask } from './sampler.ts';

/**
 * SMOTE: `x + u * (y - x)` with x a row of the class, y one of its k nearest of the class and u uniform in [0, 1), all
 * pairs (x, y) equally likely. A class of one row has no neighbor: the row is repeated.
 *
 * Source: Chawla, Bowyer, Hall and Kegelmeyer, "SMOTE: Synthetic Minority Over-sampling Technique", 2002; the pairs are
 * drawn as imbalanced-learn draws them, where the paper goes through the rows in turn.
 */
export async function smote(task: SamplingTask, { k }: { readonly k: number }, ops: LatentOps): Promise<SampledRows> {
  const { latents, rows, newCount } = task;
  const neighbors = await findNeighbors(latents, rows, rows, k, ops);
  return neighbors.k === 0 ? repeatRows(task) : { ...drawSegments(task, rows, neighbors, newCount), method: 'smote' };
}

/** Why a sampler found no row to start from; SMOTE takes its place, so that the class gets what was asked for. */
export async function smoteInstead(task: SamplingTask, k: number, why: string, ops: LatentOps): Promise<SampledRows> {
  const sampled = await smote(task, { k }, ops);
  return { ...sampled, note: `${why}: made by ${sampled.method} instead` };
}

/** `count` points on the segments from `rows` to their neighbors: segments equally likely, points uniform. */
export function drawSegments(
  { stream }: Pick<SamplingTask, 'stream'>,
  rows: Uint32Array,
  { k, indices }: RowNeighbors,
  count: number,
): Pick<SampledRows, 'first' | 'second' | 'weight'> {
  const first = new Uint32Array(count);
  const second = new Uint32Array(count);
  const pairs = stream('rows');
  for (let at = 0; at < count; at++) {
    const pair = pairs.below(indices.length);
    first[at] = rows[Math.floor(pair / k)];
    second[at] = indices[pair];
  }
  return { first, second, weight: Float64Array.from({ length: count }, stream('weights').uniform) };
}

/** For each of some rows, given by their place among `neighbors`, one of its neighbors, all equally likely. */
export function drawPartners({ stream }: SamplingTask, places: Uint32Array, { k, indices }: RowNeighbors): Uint32Array {
  const partners = stream('partners');
  return places.map((place) => indices[place * k + partners.below(k)]);
}
