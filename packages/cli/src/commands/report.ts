import { join, resolve } from 'node:path';
import type { Command } from '../args/command.ts';
import { tensorboardFlag } from '../settings/machine-flags.ts';
import { outputFlags } from './output-flags.ts';

/** `csx report RUN`: draws the report of a run again, for instance with a newer csx. */
export const report: Command = {
  name: 'csx report',
  summary: 'Write the report of a finished run again, and print its table.',
  examples: [
    ['csx report runs/mini-seed0', 'writes runs/mini-seed0/report.html'],
    ['csx report runs/mini-seed0 --json', 'prints the record'],
  ],
  positionals: [{ name: 'RUN', help: 'directory of a finished run', required: true }],
  flags: [{ ...tensorboardFlag, group: 'Options' }, ...outputFlags],
  async run({ flags, positionals }, { terminal, directory }) {
    const run = positionals.get('RUN') ?? '';
    const { readFinishedRun, writeReport, writeTensorboard } = await import('../run/finished-run.ts');
    const { DirectoryStore } = await import('@csx/core/files');
    const store = new DirectoryStore(resolve(directory, run));
    const finished = await readFinishedRun(store, run);
    await writeReport(store, finished);
    if (flags.get('tensorboard') === true) await writeTensorboard(store, finished.record);
    if (flags.get('json') === true) {
      terminal.out.write(`${JSON.stringify(finished.record, null, 2)}\n`);
      return;
    }
    terminal.out.write(`${finished.table}\nReport: ${join(run, 'report.html')}\n`);
  },
};
