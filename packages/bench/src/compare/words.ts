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

/** Merges entries of one key, in the order in which keys first come. */
function mergeBy<T>(entries: readonly T[], key: (entry: T) => unknown, merge: (a: T, b: T) => T): T[] {
  const merged = new Map<string, T>();
  for (const entry of entries) {
    const name = JSON.stringify(key(entry));
    const before = merged.get(name);
    merged.set(name, before === undefined ? entry : merge(before, entry));
  }
  return [...merged.values()];
}

/** Entries that differ in the records alone become one, and then those that differ in the case alone. */
export function groupNotCompared(entries: readonly NotCompared[]): readonly NotComparedGroup[] {
  const kernel = ({ place, suite, candidate, part, reason }: Omit<NotCompared, 'caseName' | 'records'>) =>
    [place, suite, candidate, part, reason] as const;
  const cases = mergeBy(
    entries,
    (entry) => [...kernel(entry), entry.caseName],
    (a, b) => ({ ...a, records: [...a.records, ...b.records] }),
  );
  return mergeBy<NotComparedGroup>(
    cases.map(({ caseName, ...rest }) => ({ ...rest, cases: [caseName] })),
    (entry) => [...kernel(entry), entry.records],
    (a, b) => ({ ...a, cases: [...a.cases, ...b.cases] }),
  );
}

/** `B: nearest, csx on WebGPU, end to end`. */
export function notComparedWho({ records, suite, title, part }: NotComparedGroup): string {
  return `${records.join(', ')}: ${suite}, ${title}${part === null ? '' : `, ${partTitles[part]}`}`;
}
