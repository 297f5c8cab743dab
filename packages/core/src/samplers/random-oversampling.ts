import type { SampledRows, SamplingTask } from './sampler.ts';

/** Repeats rows of the class, each equally likely: imbalanced-learn's `RandomOverSampler` without shrinkage. */
export function repeatRows({ rows, newCount, stream }: Omit<SamplingTask, 'latents' | 'labels'>): SampledRows {
  const draw = stream('rows');
  const first = Uint32Array.from({ length: newCount }, () => rows[draw.below(rows.length)]);
  return { first, second: first, weight: new Float64Array(newCount), method: 'random-oversampling' };
}
