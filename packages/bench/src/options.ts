import { parseArgs } from 'node:util';
import { InvalidOptionError } from '@csx/core';

export interface BenchOptions {
  /** What a case's title must contain. */
  readonly filter: string;
  /** File for the record; `-` is stdout. */
  readonly json: string | undefined;
  readonly list: boolean;
  readonly help: boolean;
  readonly samples: number;
  readonly budgetMs: number;
  readonly adapter: string;
  readonly threads: number;
  readonly python: string;
}

export const usage = `Measures csx beside other libraries; every candidate in a process of its own, in random turns.

Usage
  npm run bench -- [OPTIONS]

Options
  --filter TEXT     only cases whose title contains it
  --list            print the cases, measure nothing
  --json FILE       write the record, with every sample ("-": to stdout)
  --samples N       samples of each candidate (default 20)
  --budget SECONDS  a slow candidate gets fewer samples, at least 3 (default 120)
  --adapter NAME    a part of the adapter's name (default: the implementation's own choice)
  --threads N       threads of candidates on the CPU (default: all)
  --python PATH     the interpreter whose torch, faiss and sklearn are measured (default python3)
  --help            this text
`;

function positive(name: string, text: string, whole: boolean): number {
  const value = Number(text);
  if (text.trim() === '' || !(value > 0) || (whole && !Number.isInteger(value)) || value === Infinity) {
    throw new InvalidOptionError(`bench: --${name} is "${text}", expected a ${whole ? 'whole ' : ''}number above 0`);
  }
  return value;
}

/** Throws InvalidOptionError for an unknown option or a value that makes no sense. */
export function parseOptions(args: readonly string[], cpuCount: number): BenchOptions {
  const parse = () =>
    parseArgs({
      args: [...args],
      options: {
        filter: { type: 'string', default: '' },
        json: { type: 'string' },
        list: { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
        samples: { type: 'string', default: '20' },
        budget: { type: 'string', default: '120' },
        adapter: { type: 'string', default: '' },
        threads: { type: 'string', default: String(cpuCount) },
        python: { type: 'string', default: 'python3' },
      },
    }).values;
  let values: ReturnType<typeof parse>;
  try {
    values = parse();
  } catch (error) {
    const [message] = (error as Error).message.split('\n');
    throw new InvalidOptionError(`bench: ${message}`, { hint: 'see npm run bench -- --help', cause: error });
  }
  if (values.json === '') throw new InvalidOptionError('bench: --json is empty, expected a file');
  return {
    filter: values.filter,
    json: values.json,
    list: values.list,
    help: values.help,
    samples: positive('samples', values.samples, true),
    budgetMs: 1000 * positive('budget', values.budget, false),
    adapter: values.adapter,
    threads: positive('threads', values.threads, true),
    python: values.python,
  };
}
