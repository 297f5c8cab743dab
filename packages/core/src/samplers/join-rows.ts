import type { Matrix } from '@csx/wgsl-kernels';
import type { ResamplePlan } from './plan-resample.ts';
import type { SampledRows } from './sampler.ts';
import type { ResolvedCount } from './sampling-strategy.ts';

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
  const treated = plan.counts.filter(({ newCount }) => newCount > 0);
  const all = parts.flatMap((own, index) => own.map((part) => ({ ...part, label: treated[index].label })));
  const count = all.reduce((sum, { first }) => sum + first.length, 0);
  const data = new Float32Array((n + count) * d);
  data.set(latents.data);
  const parents = new Uint32Array(2 * count);
  const weights = new Float64Array(2 * count);
  const newLabels = new Uint32Array(count);
  const methods: string[] = [];
  let at = 0;
  for (const { first, second, weight, method, label } of all) {
    for (let row = 0; row < first.length; row++, at++) {
      parents[2 * at] = first[row];
      parents[2 * at + 1] = second[row];
      weights[2 * at] = 1 - weight[row];
      weights[2 * at + 1] = weight[row];
      newLabels[at] = label;
      methods.push(method);
      blend(latents.data, first[row] * d, second[row] * d, weight[row], data, (n + at) * d, d);
    }
  }
  const joined = new Uint32Array(n + count);
  joined.set(labels);
  joined.set(newLabels, n);
  return {
    latents: { data, n: n + count, d },
    labels: joined,
    provenance: { parents, weights, labels: newLabels, methods },
    counts: plan.counts.map((asked) => {
      const own = all.filter(({ label }) => label === asked.label);
      return { ...asked, newCount: own.reduce((sum, { first }) => sum + first.length, 0) };
    }),
    plan,
    notes: all.flatMap(({ note, label }) => (note === undefined ? [] : [`Class ${label}: ${note}.`])),
  };
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
