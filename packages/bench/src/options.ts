import { parseArgs } from 'node:util';
import { InvalidOptionError } from '@csx/core';
import { type BenchFlag, type BenchFlagValues, benchFlags } from './flags.ts';

export interface BenchOptions {
  /** What a case's title must contain. */
  readonly filter: string;
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

/** What was given, and the defaults. */
export function benchOptions(values: BenchFlagValues, cpuCount: number): BenchOptions {
  const text = (name: string) => values.get(name) as string | undefined;
  const number = (name: string) => values.get(name) as number | undefined;
  return {
    filter: text('filter') ?? '',
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

function readValue({ name, type }: BenchFlag, text: string | boolean): string | number | boolean {
  if (typeof text === 'boolean') return text;
  if (text.trim() === '') throw new InvalidOptionError(`bench: --${name} is empty`);
  if (type.kind !== 'number') return text;
  const value = Number(text);
  if (!(value > 0) || value === Infinity || (type.integer && !Number.isInteger(value))) {
    const expected = `a ${type.integer ? 'whole ' : ''}number above 0`;
    throw new InvalidOptionError(`bench: --${name} is "${text}", expected ${expected}`);
  }
  return value;
}

/**
 * Reads a command line by the flags' definitions, without the packages of `csx`, which has its own parser for them.
 * @throws InvalidOptionError for an unknown option or a value that makes no sense
 */
export function parseOptions(args: readonly string[], cpuCount: number): BenchOptions {
  const kinds = benchFlags.map(
    ({ name, type }) => [name, { type: type.kind === 'boolean' ? 'boolean' : 'string' }] as const,
  );
  let given: Readonly<Record<string, string | boolean | undefined>>;
  try {
    given = parseArgs({ args: [...args], options: Object.fromEntries(kinds) }).values as typeof given;
  } catch (error) {
    const [message] = (error as Error).message.split('\n');
    throw new InvalidOptionError(`bench: ${message}`, { hint: 'csx bench --help has all options', cause: error });
  }
  const values = new Map<string, string | number | boolean>();
  for (const flag of benchFlags) {
    const text = given[flag.name];
    if (text !== undefined) values.set(flag.name, readValue(flag, text));
  }
  return benchOptions(values, cpuCount);
}
