import { InvalidOptionError } from '@csx/core';
import type { BenchFlagValues } from '../flags.ts';

export interface CompareOptions {
  readonly files: readonly string[];
  /** Which of the files, from 1. */
  readonly baseline: number;
  readonly html: string | undefined;
  /** File for the comparison as JSON; `-` is stdout. */
  readonly json: string | undefined;
  readonly notes: string | undefined;
}

const hint = 'see csx bench compare --help';
/** Records are called by letters. */
const mostRecords = 26;

/** What was given, and the defaults. Throws InvalidOptionError for too few or too many files, or a baseline that is none of them. */
export function compareOptions(values: BenchFlagValues, files: readonly string[]): CompareOptions {
  const text = (name: string) => values.get(name) as string | undefined;
  if (files.length < 2 || files.length > mostRecords) {
    throw new InvalidOptionError(`bench compare: got ${files.length} record(s), expected 2 to ${mostRecords}`, {
      hint,
    });
  }
  const baseline = (values.get('baseline') as number | undefined) ?? 1;
  if (baseline > files.length) {
    throw new InvalidOptionError(
      `bench compare: --baseline is ${baseline}, expected a whole number from 1 to ${files.length}`,
      { hint },
    );
  }
  return { files, baseline, html: text('html'), json: text('json'), notes: text('notes') };
}
