import process from 'node:process';
import { parseArgs } from 'node:util';
import { cacheDirectory } from '@csx/core/files';
import { buildBundle } from './build-bundle.ts';

const usage = `Makes a folder that runs the whole GPU campaign on a Linux machine with an NVIDIA GPU but without Node and network.

Usage
  npm run gpu-bundle -- [OPTIONS]

Options
  --out DIR       folder of the bundle, made anew (default .gpu-bundle)
  --data DIR      the six official binary files of CIFAR-10 (default: where csx data fetch puts them)
  --without-data  no CIFAR-10: everything but the paper's run
  --fast          packed in seconds, half as small
  --help          this text
`;

const { values } = parseArgs({
  options: {
    out: { type: 'string', default: '.gpu-bundle' },
    data: { type: 'string' },
    'without-data': { type: 'boolean', default: false },
    fast: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

if (values.help) process.stdout.write(usage);
else {
  const pieces = await buildBundle({
    root: process.cwd(),
    out: values.out,
    data: values['without-data'] ? undefined : (values.data ?? cacheDirectory()),
    compression: values.fast ? 'fast' : 'best',
  });
  for (const { name, bytes } of pieces)
    process.stdout.write(`${name.padEnd(24)}${(bytes / 1e6).toFixed(1).padStart(6)} MB\n`);
  process.stdout.write(`Copy ${values.out} to the machine and run: bash run.sh --minutes 9 --out results\n`);
}
