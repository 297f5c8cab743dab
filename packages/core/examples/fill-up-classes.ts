import { createGpuLatentOps, fitResample, type Matrix, planResample, type Resampled } from '@csx/core';
import { requestAdapter } from '@csx/core/host';

/** Fills up every class to the size of the largest; says what it will do before, and what came up. */
export async function fillUpClasses(latents: Matrix, labels: Uint32Array, say: (note: string) => void) {
  const options = { sampler: 'borderline-smote-1', seed: 1 } as const;
  for (const note of planResample(labels, options).notes) say(note);
  const ops = createGpuLatentOps(await requestAdapter());
  const resampled: Resampled = await fitResample(latents, labels, options, { ops });
  for (const note of resampled.notes) say(note);
  ops.dispose();
  return resampled;
}
