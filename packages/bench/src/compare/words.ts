import { digits } from '../harness/format.ts';
import type { ComparedTime, NotCompared, Place } from './comparison.ts';
import { partTitles } from './timing-parts.ts';

export const placeTitles: Readonly<Record<Place, string>> = {
  gpu: 'GPUs',
  software: 'Software adapters (they compute on the CPU)',
  cpu: 'CPU',
};

/** The same, short. */
export const placeNames: Readonly<Record<Place, string>> = { gpu: 'GPU', software: 'software adapter', cpu: 'CPU' };

/** What intervals mean, for everyone who reads them. */
export const intervalNote =
  'Ratios are medians of times / those of the baseline: below 1 is faster. In parentheses the 95 % interval of a bootstrap over the samples of both runs; what changes from one run to the next (other load, another clock) it does not cover.';

/** Of a ratio, with its interval where it has one. */
export function ratioWords({ ratio }: Pick<ComparedTime, 'ratio'>): string {
  const middle = digits(ratio.ratio);
  return 'low' in ratio ? `${middle} (${digits(ratio.low)} to ${digits(ratio.high)})` : middle;
}

/** What several kernels of a suite share: one reason. */
export interface NotComparedGroup extends Omit<NotCompared, 'caseName'> {
  readonly cases: readonly string[];
}

/** Entries that differ in the case alone become one. */
export function groupNotCompared(entries: readonly NotCompared[]): readonly NotComparedGroup[] {
  const groups = new Map<string, NotComparedGroup & { cases: string[] }>();
  for (const { caseName, ...rest } of entries) {
    const key = JSON.stringify([rest.place, rest.suite, rest.candidate, rest.records, rest.part, rest.reason]);
    const group = groups.get(key) ?? { ...rest, cases: [] };
    groups.set(key, group);
    group.cases.push(caseName);
  }
  return [...groups.values()];
}

/** `B: nearest, csx on WebGPU, end to end`. */
export function notComparedWho({ records, suite, title, part }: NotComparedGroup): string {
  return `${records.join(', ')}: ${suite}, ${title}${part === null ? '' : `, ${partTitles[part]}`}`;
}
