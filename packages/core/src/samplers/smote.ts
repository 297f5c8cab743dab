import type { LatentOps } from '../latent-ops/latent-ops.ts';
import { findNeighbors, type RowNeighbors } from './neighbors.ts';
import { repeatRows } from './random-oversampling.ts';
import type { OptionsOf } from './resample-options.ts';
import type { SampledRows, SamplingTask } from './sampler.ts';

/**
 * SMOTE: `x + u * (y - x)` with x a row of the class, y one of its k nearest of the class and u uniform in [0, 1), all
 * pairs (x, y) equally likely. A class of one row has no neighbor: the row is repeated.
 *
 * Source: Chawla, Bowyer, Hall and Kegelmeyer, "SMOTE: Synthetic Minority Over-sampling Technique", 2002; the pairs are
 * drawn as imbalanced-learn draws them, where the paper goes through the rows in turn.
 */
export async function smote(task: SamplingTask, { k }: OptionsOf<'smote'>, ops: LatentOps): Promise<SampledRows> {
  const { latents, rows } = task;
  if (rows.length === 1) return repeatRows(task);
  return { ...drawSegments(task, rows, await findNeighbors(latents, rows, rows, k, ops)), method: 'smote' };
}

/** `newCount` points on the segments from `rows` to their neighbors: segments equally likely, points uniform. */
export function drawSegments(
  { newCount, stream }: SamplingTask,
  rows: Uint32Array,
  { k, indices }: RowNeighbors,
): Omit<SampledRows, 'method'> {
  const first = new Uint32Array(newCount);
  const second = new Uint32Array(newCount);
  const pairs = stream('rows');
  const weights = stream('weights');
  for (let at = 0; at < newCount; at++) {
    const pair = pairs.below(indices.length);
    first[at] = rows[Math.floor(pair / k)];
    second[at] = indices[pair];
  }
  return { first, second, weight: Float64Array.from({ length: newCount }, weights.uniform) };
}
