import process from 'node:process';
import { CsxError } from '@csx/core';
import { runCompare } from './compare/run-compare.ts';
import { benchFlags } from './flags.ts';
import { parseOptions } from './options.ts';
import { cpuCount, runBenchCommand } from './run-bench-command.ts';

/** Those of csx; anything else is 1. */
const exitCodes: Readonly<Record<string, number>> = {
  INVALID_OPTION: 2,
  ADAPTER_UNAVAILABLE: 3,
  DEVICE_LOST: 3,
  NUMERIC: 5,
};

function usage(): string {
  const rows = benchFlags.map(({ name, type, help, shownDefault }) => {
    const value = type.kind === 'boolean' ? '' : type.kind === 'text' ? ` ${type.hint}` : type.integer ? ' N' : ' X';
    return `  ${`--${name}${value}`.padEnd(18)}  ${help}${shownDefault === undefined ? '' : ` (${shownDefault})`}\n`;
  });
  return `Measures csx beside other libraries; every candidate in a process of its own, in random turns.\n\n${rows.join('')}`;
}

/** The benchmark by itself: `csx bench` is the same, with help. */
try {
  const words = process.argv.slice(2);
  if (words[0] === 'compare') await runCompare(words.slice(1));
  else if (words.includes('--help')) process.stdout.write(usage());
  else
    await runBenchCommand(parseOptions(words, cpuCount()), {
      out: (text) => void process.stdout.write(text),
      err: (text) => void process.stderr.write(text),
      live: process.stderr.isTTY ? { columns: process.stderr.columns ?? 80 } : null,
    });
} catch (error) {
  if (!(error instanceof CsxError)) throw error;
  process.stderr.write(`${error.message}\n${error.hint === undefined ? '' : `${error.hint}\n`}`);
  process.exitCode = exitCodes[error.code] ?? 1;
}
