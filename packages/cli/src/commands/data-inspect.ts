import type { Command } from '../args/command.ts';
import type { Flag } from '../args/flag.ts';
import { dataDirectory, loadDataset } from '../run/load-dataset.ts';
import { formatNumber } from '../terminal/text.ts';
import { directoryFlag } from './data-flags.ts';
import { outputFlags } from './output-flags.ts';

const sources = ['mini', 'cifar10'] as const;
type Source = (typeof sources)[number];

const shown: readonly Flag[] = [directoryFlag, ...outputFlags];

/** `csx data inspect`: what is in there? */
export const dataInspect: Command = {
  name: 'csx data inspect',
  summary: 'Count images and classes, and measure the channels.',
  examples: [
    ['csx data inspect', 'the sample in the package'],
    ['csx data inspect cifar10 --json', 'the whole CIFAR-10, for programs'],
  ],
  positionals: [{ name: 'NAME', help: 'mini (the default), or cifar10', required: false, choices: sources }],
  flags: shown,
  async run({ flags, positionals }, { terminal, environment }) {
    const fallback: Source = flags.has('data') ? 'cifar10' : 'mini';
    const source = (positionals.get('NAME') ?? fallback) as Source;
    const { inspectDataset } = await import('@csx/core');
    const facts = inspectDataset(await loadDataset(source, dataDirectory(flags.get('data'), environment)));
    const { out } = terminal;
    if (flags.get('json') === true) {
      out.write(`${JSON.stringify(facts, null, 2)}\n`);
      return;
    }
    const { name, classNames, height, width, channels, train, test, channelMean, channelStd, hashes } = facts;
    const nameWidth = Math.max(...classNames.map(({ length }) => length), 'imbalance'.length);
    const row = (head: string, a: string, b: string) =>
      `  ${head.padEnd(nameWidth)}${a.padStart(10)}${b.padStart(10)}\n`;
    const ratio = (value: number | null) => (value === null ? 'a class is empty' : `${formatNumber(value)} : 1`);
    const figures = (values: readonly number[]) => values.map((value) => value.toFixed(3)).join(', ');
    out.write(`${out.paint.bold(name)}, ${width} x ${height} pixels of ${channels} channels\n\n`);
    out.write(out.paint.bold(row('class', 'train', 'test')));
    for (const [i, className] of classNames.entries()) {
      out.write(row(className, formatNumber(train.classCounts[i]), formatNumber(test.classCounts[i])));
    }
    out.write(row('all', formatNumber(train.n), formatNumber(test.n)));
    out.write(row('imbalance', ratio(train.imbalanceRatio), ratio(test.imbalanceRatio)));
    out.write(`\nchannel means       ${figures(channelMean)}\nchannel deviations  ${figures(channelStd)}\n\n`);
    for (const [file, sha256] of Object.entries(hashes)) out.write(`sha256 ${sha256}  ${file}\n`);
  },
};
