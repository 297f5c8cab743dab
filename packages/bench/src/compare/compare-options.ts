import { parseArgs } from 'node:util';
import { InvalidOptionError } from '@csx/core';

export interface CompareOptions {
  readonly files: readonly string[];
  /** Which of the files, from 1. */
  readonly baseline: number;
  readonly html: string | undefined;
  /** File for the comparison as JSON; `-` is stdout. */
  readonly json: string | undefined;
  readonly notes: string | undefined;
  readonly help: boolean;
}

export const compareUsage = `Compares benchmark records: the same kernels on other WebGPU implementations, runtimes and adapters.

Usage
  npm run bench -- compare A.json B.json ... [OPTIONS]

Options
  --baseline N      which of the files the others are compared with (default 1, the first)
  --html FILE       write a page with plots and all figures
  --json FILE       write the comparison ("-": to stdout)
  --notes FILE      a JSON object with sentences for the page: what one is about -> why it is so
  --help            this text
`;

const hint = 'see npm run bench -- compare --help';
/** Records are called by letters. */
const mostRecords = 26;

/** Throws InvalidOptionError for an unknown option, a value that makes no sense, or too few files. */
export function parseCompareOptions(args: readonly string[]): CompareOptions {
  const parse = () =>
    parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        baseline: { type: 'string', default: '1' },
        html: { type: 'string' },
        json: { type: 'string' },
        notes: { type: 'string' },
        help: { type: 'boolean', short: 'h', default: false },
      },
    });
  let parsed: ReturnType<typeof parse>;
  try {
    parsed = parse();
  } catch (error) {
    const [message] = (error as Error).message.split('\n');
    throw new InvalidOptionError(`bench compare: ${message}`, { hint, cause: error });
  }
  const { values, positionals: files } = parsed;
  const { html, json, notes, help } = values;
  for (const [name, value] of Object.entries({ html, json, notes })) {
    if (value === '') throw new InvalidOptionError(`bench compare: --${name} is empty, expected a file`, { hint });
  }
  if (!help && (files.length < 2 || files.length > mostRecords)) {
    throw new InvalidOptionError(`bench compare: got ${files.length} record(s), expected 2 to ${mostRecords}`, {
      hint,
    });
  }
  const baseline = Number(values.baseline);
  if (!help && !(Number.isInteger(baseline) && baseline >= 1 && baseline <= files.length)) {
    throw new InvalidOptionError(
      `bench compare: --baseline is "${values.baseline}", expected a whole number from 1 to ${files.length}`,
      { hint },
    );
  }
  return { files, baseline, html, json, notes, help };
}
