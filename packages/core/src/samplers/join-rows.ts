import type { Matrix } from '@csx/wgsl-kernels';
import type { ResamplePlan } from './plan-resample.ts';
import type { SampledRows } from './sampler.ts';

/** Where each new row comes from; s rows, class by class. */
export interface Provenance {
  /** [s, 2]: rows of the given latents. */
  readonly parents: Uint32Array;
  /** [s, 2]: their weights, which add up to 1. */
  readonly weights: Float64Array;
  /** [s]: its class. */
  readonly labels: Uint32Array;
  /** [s]: what made it. */
  readonly methods: readonly string[];
}

export interface Resampled {
  /** [n + s, d]: the given rows, then the new ones. */
  readonly latents: Matrix;
  /** [n + s] */
  readonly labels: Uint32Array;
  /** Of the new rows. */
  readonly provenance: Provenance;
  /** The options as they were read, and the resolved counts. */
  readonly plan: ResamplePlan;
  /** What turned out while the rows were made, a sentence each. */
  readonly notes: readonly string[];
}

/** Makes the rows that were decided upon, and puts them behind the given ones. */
export function joinRows(
  latents: Matrix,
  labels: Uint32Array,
  plan: ResamplePlan,
  parts: readonly SampledRows[],
): Resampled {
  const { n, d } = latents;
  const treated = plan.counts.filter(({ newCount }) => newCount > 0);
  const count = parts.reduce((sum, { first }) => sum + first.length, 0);
  const data = new Float32Array((n + count) * d);
  data.set(latents.data);
  const provenance = {
    parents: new Uint32Array(2 * count),
    weights: new Float64Array(2 * count),
    labels: new Uint32Array(count),
    methods: [] as string[],
  };
  let at = 0;
  for (const [index, { first, second, weight, method }] of parts.entries()) {
    provenance.labels.fill(treated[index].label, at, at + first.length);
    for (let row = 0; row < first.length; row++, at++) {
      provenance.parents.set([first[row], second[row]], 2 * at);
      provenance.weights.set([1 - weight[row], weight[row]], 2 * at);
      provenance.methods.push(method);
      blend(latents.data, first[row] * d, second[row] * d, weight[row], data, (n + at) * d, d);
    }
  }
  const joined = new Uint32Array(n + count);
  joined.set(labels);
  joined.set(provenance.labels, n);
  const notes = parts.flatMap(({ note }, index) => (note ? [`Class ${treated[index].label}: ${note}.`] : []));
  return { latents: { data, n: n + count, d }, labels: joined, provenance, plan, notes };
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
