import { InvalidOptionError } from '@csx/core';
import type { BenchFlagValues } from './flags.ts';
import { type CandidateName, candidateTitles } from './suites/candidates.ts';

export interface BenchOptions {
  /** What a case's title must contain. */
  readonly filter: string;
  /** All where undefined. */
  readonly candidates: readonly CandidateName[] | undefined;
  /** File for the record; `-` is stdout. */
  readonly json: string | undefined;
  readonly list: boolean;
  readonly listAdapters: boolean;
  readonly samples: number;
  readonly budgetMs: number;
  /** A part of its name; the default one where empty, `none` for the CPU alone. */
  readonly adapter: string;
  readonly threads: number;
  readonly python: string;
  /** The candidates run in a page that a browser opens. */
  readonly browser: boolean;
}

function candidateNames(text: string | undefined): readonly CandidateName[] | undefined {
  const names = text?.split(',').map((name) => name.trim());
  const unknown = names?.find((name) => !(name in candidateTitles));
  if (unknown !== undefined) {
    throw new InvalidOptionError(`bench: --candidates names ${JSON.stringify(unknown)}, which there is not`, {
      hint: `There are ${Object.keys(candidateTitles).join(', ')}.`,
    });
  }
  return names as readonly CandidateName[] | undefined;
}

/** What was given, and the defaults. Throws InvalidOptionError for a candidate that there is not. */
export function benchOptions(values: BenchFlagValues, cpuCount: number): BenchOptions {
  const text = (name: string) => values.get(name) as string | undefined;
  const number = (name: string) => values.get(name) as number | undefined;
  return {
    filter: text('filter') ?? '',
    candidates: candidateNames(text('candidates')),
    json: text('json'),
    list: values.get('list') === true,
    listAdapters: values.get('list-adapters') === true,
    samples: number('samples') ?? 20,
    budgetMs: 1000 * (number('budget') ?? 120),
    adapter: text('adapter') ?? '',
    threads: number('threads') ?? cpuCount,
    python: text('python') ?? 'python3',
    browser: values.get('browser') === true,
  };
}
