import { InvalidInputError, InvalidOptionError } from '@csx/wgsl-kernels';
import type { SamplingStrategy } from './resample-options.ts';

/** A class and its rows. */
export interface ClassRows {
  readonly label: number;
  /** Ascending. */
  readonly rows: Uint32Array;
}

/** What a strategy gives a class. */
export interface ResolvedCount {
  readonly label: number;
  /** Rows that it has. */
  readonly originalCount: number;
  /** Rows that it is to get. */
  readonly newCount: number;
}

/**
 * How many rows each class gets, as imbalanced-learn 0.10 defines it for over-sampling; by label, ascending.
 *
 * - `minority`: the smallest class is filled up to the largest; equal counts go to the lower label here and below.
 * - `not minority`: all classes but the smallest. `all`: all classes. `not majority`, `auto`: all but the largest.
 * - counts per class: what the named classes are to have in the end; above the largest class is allowed.
 * - a ratio, for two classes: the smaller is to have `ratio` times as many rows as the larger, rounded down.
 *
 * @throws {InvalidInputError} fewer than two classes.
 * @throws {InvalidOptionError} a class without rows, fewer rows than there are, a ratio outside (0, 1], for other than
 * two classes, or that gives the smaller class nothing.
 */
export function resolveSamplingStrategy(classes: readonly ClassRows[], strategy: SamplingStrategy): ResolvedCount[] {
  if (classes.length < 2)
    throw new InvalidInputError(`resample: the labels have ${classes.length} class, expected at least 2`);
  const counts = classes.map(({ rows }) => rows.length);
  const smallest = counts.reduce((least, count, at) => (count < counts[least] ? at : least), 0);
  const largest = counts.reduce((most, count, at) => (count > counts[most] ? at : most), 0);
  const resolved = (newCounts: readonly number[]) =>
    classes.map(({ label }, at) => ({ label, originalCount: counts[at], newCount: newCounts[at] }));
  if (typeof strategy === 'number') return resolved(byRatio(counts, largest, strategy));
  if (typeof strategy === 'object') return resolved(byCounts(classes, counts, strategy));
  const treated = {
    auto: (at: number) => at !== largest,
    'not majority': (at: number) => at !== largest,
    'not minority': (at: number) => at !== smallest,
    minority: (at: number) => at === smallest,
    all: () => true,
  }[strategy];
  return resolved(counts.map((count, at) => (treated(at) ? counts[largest] - count : 0)));
}

function byRatio(counts: readonly number[], largest: number, ratio: number): number[] {
  if (!(ratio > 0 && ratio <= 1))
    throw new InvalidOptionError(`resample: samplingStrategy is ${ratio}, expected a ratio above 0 and up to 1`);
  if (counts.length !== 2)
    throw new InvalidOptionError(`resample: samplingStrategy is a ratio, but there are ${counts.length} classes`, {
      hint: 'give the count of each class',
    });
  const newCounts = counts.map((count, at) => (at === largest ? 0 : Math.trunc(counts[largest] * ratio - count)));
  const other = 1 - largest;
  if (newCounts[other] <= 0)
    throw new InvalidOptionError(
      `resample: ${ratio} of ${counts[largest]} rows leaves nothing to add to the other class, which has ${counts[other]}`,
      { hint: 'raise the ratio' },
    );
  return newCounts;
}

function byCounts(
  classes: readonly ClassRows[],
  counts: readonly number[],
  strategy: Readonly<Record<string, number>>,
): number[] {
  const newCounts = counts.map(() => 0);
  for (const [name, count] of Object.entries(strategy)) {
    const at = classes.findIndex(({ label }) => label === Number(name));
    if (at < 0)
      throw new InvalidOptionError(`resample: samplingStrategy names class ${name}, of which there are no rows`);
    if (count < counts[at])
      throw new InvalidOptionError(
        `resample: samplingStrategy asks for ${count} rows of class ${name}, which has ${counts[at]} already`,
        { hint: 'ask for at least as many: samplers add rows, and take none away' },
      );
    newCounts[at] = count - counts[at];
  }
  return newCounts;
}
