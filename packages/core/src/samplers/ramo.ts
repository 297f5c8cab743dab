import { portableExp } from '@csx/wgsl-kernels';
import type { LatentOps } from '../latent-ops/latent-ops.ts';
import { countEnemies, findNeighbors } from './neighbors.ts';
import type { OptionsOf } from './resample-options.ts';
import type { SampledRows, SamplingTask } from './sampler.ts';
import { drawPartners } from './smote.ts';
import { drawWeighted } from './weighted-draw.ts';

/**
 * RAMO's sampling: rows drawn in proportion to `1 / (1 + exp(-alpha * e))`, e the enemies among their k1 nearest of any
 * class, each blended with one of its k2 nearest of the class at a uniform point. The boosting around it, which would
 * weigh the rows of each round anew, is left out: all weigh the same. The only row of a class is repeated.
 *
 * Source: Chen, He and Garcia, "RAMOBoost: Ranked Minority Oversampling in Boosting", 2010.
 */
export async function ramo(
  task: SamplingTask,
  { k1, k2, alpha }: OptionsOf<'ramo'>,
  ops: LatentOps,
): Promise<SampledRows> {
  const { label, latents, labels, rows, newCount } = task;
  const around = await findNeighbors(latents, rows, 'all', k1, ops);
  const weights = ramoWeights(countEnemies(around, labels, label), alpha);
  const places = drawWeighted(weights, newCount, task.stream('rows'));
  const own = await findNeighbors(latents, rows, rows, k2, ops);
  const first = places.map((place) => rows[place]);
  return {
    first,
    second: own.k === 0 ? first : drawPartners(task, places, own),
    weight:
      own.k === 0
        ? new Float64Array(newCount)
        : Float64Array.from({ length: newCount }, task.stream('weights').uniform),
    method: 'ramo',
  };
}

export function ramoWeights(enemies: Uint32Array, alpha: number): Float64Array {
  return Float64Array.from(enemies, (count) => 1 / (1 + portableExp(-alpha * count)));
}
