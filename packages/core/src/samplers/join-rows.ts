import type { Matrix } from '@csx/wgsl-kernels';
import type { ResamplePlan } from './plan-resample.ts';
import { decideRows, type Provenance } from './row-provenance.ts';
import type { SampledRows } from './sampler.ts';
import type { ResolvedCount } from './sampling-strategy.ts';

export interface Resampled {
  /** [n + s, d]: the given rows, then the new ones. */
  readonly latents: Matrix;
  /** [n + s] */
  readonly labels: Uint32Array;
  /** Of the new rows. */
  readonly provenance: Provenance;
  /** All classes, by label, with the rows that they got in fact; `notes` say why where it is not what was asked for. */
  readonly counts: readonly ResolvedCount[];
  /** The options as they were read, and the resolved counts. */
  readonly plan: ResamplePlan;
  /** What turned out while the rows were made, a sentence each. */
  readonly notes: readonly string[];
}

/** Makes the rows that were decided upon, `parts` for each class that gets some, and puts them behind the given ones. */
export function joinRows(
  latents: Matrix,
  labels: Uint32Array,
  plan: ResamplePlan,
  parts: readonly (readonly SampledRows[])[],
): Resampled {
  const { n, d } = latents;
  const { provenance, counts, notes } = decideRows(plan, parts);
  const { parents, weights, labels: newLabels } = provenance;
  const count = newLabels.length;
  const data = new Float32Array((n + count) * d);
  data.set(latents.data);
  for (let at = 0; at < count; at++)
    blend(latents.data, parents[2 * at] * d, parents[2 * at + 1] * d, weights[2 * at + 1], data, (n + at) * d, d);
  const joined = new Uint32Array(n + count);
  joined.set(labels);
  joined.set(newLabels, n);
  return { latents: { data, n: n + count, d }, labels: joined, provenance, counts, plan, notes };
}

function blend(
  data: Float32Array,
  first: number,
  second: number,
  weight: number,
  target: Float32Array,
  to: number,
  d: number,
): void {
  const rest = 1 - weight;
  for (let j = 0; j < d; j++) target[to + j] = rest * data[first + j] + weight * data[second + j];
}
