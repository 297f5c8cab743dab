import { verifyCifar10 } from '@csx/core/files';
import type { Command } from '../args/command.ts';
import { dataDirectory } from '../run/load-dataset.ts';
import { formatBytes } from '../terminal/text.ts';
import { directoryFlag } from './data-flags.ts';
import { outputFlags } from './output-flags.ts';

/** `csx data verify`: is it the official CIFAR-10, byte by byte? */
export const dataVerify: Command = {
  name: 'csx data verify',
  summary: 'Check that a directory holds the official CIFAR-10, byte by byte.',
  examples: [
    ['csx data verify', 'what csx data fetch put into the cache'],
    ['csx data verify --data ~/cifar-10-batches-bin', 'files from elsewhere'],
  ],
  positionals: [],
  flags: [directoryFlag, ...outputFlags],
  async run({ flags }, { terminal, environment }) {
    const directory = dataDirectory(flags.get('data'), environment);
    const files = await verifyCifar10(directory);
    if (flags.get('json') === true) {
      terminal.out.write(`${JSON.stringify({ directory, files }, null, 2)}\n`);
      return;
    }
    const { paint } = terminal.out;
    for (const { name, bytes, md5 } of files) {
      terminal.out.write(`${paint.green('✓')} ${name.padEnd(18)}${formatBytes(bytes).padStart(10)}  md5 ${md5}\n`);
    }
    terminal.out.write(`The official files, unchanged, in ${directory}\n`);
  },
};
