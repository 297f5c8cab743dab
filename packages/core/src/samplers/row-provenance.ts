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

/** Rows that were decided upon, before they are made. */
export interface DecidedRows {
  readonly provenance: Provenance;
  /** All classes, by label, with the rows that they get in fact. */
  readonly counts: readonly ResolvedCount[];
  /** A sentence each. */
  readonly notes: readonly string[];
}

/** What was decided for each class that gets rows (`parts`), as one list of rows. */
export function decideRows(plan: ResamplePlan, parts: readonly (readonly SampledRows[])[]): DecidedRows {
  const treated = plan.counts.filter(({ newCount }) => newCount > 0);
  const all = parts.flatMap((own, index) => own.map((part) => ({ ...part, label: treated[index].label })));
  const count = all.reduce((sum, { first }) => sum + first.length, 0);
  const parents = new Uint32Array(2 * count);
  const weights = new Float64Array(2 * count);
  const labels = new Uint32Array(count);
  const methods: string[] = [];
  let at = 0;
  for (const { first, second, weight, method, label } of all) {
    for (let row = 0; row < first.length; row++, at++) {
      parents[2 * at] = first[row];
      parents[2 * at + 1] = second[row];
      weights[2 * at] = 1 - weight[row];
      weights[2 * at + 1] = weight[row];
      labels[at] = label;
      methods.push(method);
    }
  }
  return {
    provenance: { parents, weights, labels, methods },
    counts: plan.counts.map((asked) => {
      const own = all.filter(({ label }) => label === asked.label);
      return { ...asked, newCount: own.reduce((sum, { first }) => sum + first.length, 0) };
    }),
    notes: all.flatMap(({ note, label }) => (note === undefined ? [] : [`Class ${label}: ${note}.`])),
  };
}
