import { basename, dirname, resolve } from 'node:path';
import type { DistanceMetric, LatentOps, NearestResult } from '@csx/core';
import type { RowFile } from '@csx/core/files';
import type { Command } from '../args/command.ts';
import type { Flag, FlagValues } from '../args/flag.ts';
import { parseBytes } from '../args/parse-bytes.ts';
import { splitMember } from '../args/split-member.ts';
import { UsageError } from '../args/usage-error.ts';
import { withProgress } from '../progress/with-progress.ts';
import { checkOutput } from '../run/check-output.ts';
import { deviceFlags, openChosenOps } from '../run/open-chosen-ops.ts';
import { formatDuration, formatNumber } from '../terminal/text.ts';
import { outputFlags } from './output-flags.ts';

const group = 'Pairing';
const flags: readonly Flag[] = [
  { name: 'out', short: 'o', type: { kind: 'text', hint: 'FILE.npz' }, help: 'where the pairs go', group },
  {
    name: 'k',
    type: { kind: 'number', integer: true, min: 1, max: 32 },
    help: 'neighbors of each row',
    shownDefault: 'default 1',
    group,
  },
  {
    name: 'metric',
    type: { kind: 'choice', choices: ['l2', 'squared-l2', 'cosine'] },
    help: 'distance',
    shownDefault: 'default l2',
    group,
  },
  {
    name: 'memory',
    type: { kind: 'text', hint: 'SIZE' },
    help: 'most memory for latents and results, of host and device together; the runtime and its driver come on top',
    shownDefault: 'default 1GiB',
    group,
  },
  { name: 'force', type: { kind: 'boolean' }, help: 'replace the file in --out', group },
  ...deviceFlags,
  ...outputFlags,
];

interface PairSettings {
  /** As the user wrote it. */
  readonly out: string;
  readonly k: number;
  readonly metric: DistanceMetric;
  readonly memoryBytes: number;
}

function settingsOf(flags: FlagValues): PairSettings {
  const out = flags.get('out') as string | undefined;
  if (!out?.endsWith('.npz')) {
    throw new UsageError(`csx pair: --out is ${out ?? 'missing'}, expected the name of an .npz file`, {
      hint: 'such as -o pairs.npz',
    });
  }
  return {
    out,
    k: (flags.get('k') as number | undefined) ?? 1,
    metric: (flags.get('metric') as DistanceMetric | undefined) ?? 'l2',
    memoryBytes: parseBytes((flags.get('memory') as string | undefined) ?? '1GiB', '--memory'),
  };
}

/** Opens a file, or `FILE.npz:ARRAY`. */
async function openLatents(directory: string, text: string): Promise<RowFile> {
  const { openRowFile } = await import('@csx/core/files');
  const { path, member } = splitMember(text);
  const file = await openRowFile(resolve(directory, path), member);
  return { ...file, name: text };
}

async function writePairs(path: string, { indices, distances }: NearestResult, shape: readonly number[]) {
  const { writeNpz } = await import('@csx/core');
  const { DirectoryStore } = await import('@csx/core/files');
  const bytes = writeNpz({
    indices: { dtype: 'uint32', shape, data: indices as Uint32Array<ArrayBuffer> },
    distances: { dtype: 'float32', shape, data: distances as Float32Array<ArrayBuffer> },
  });
  await new DirectoryStore(dirname(path)).write(basename(path), bytes);
}

/** `csx pair QUERY BASE`: the nearest rows of one set of latents for every row of another, larger than memory or not. */
export const pair: Command = {
  name: 'csx pair',
  summary: 'Find the nearest latents of one file for each of another, however large.',
  details: [
    'QUERY and BASE are matrices of floating-point values (float16, bfloat16, float32 or float64), a row a latent: an .npy file, or an array of an uncompressed .npz file (FILE.npz:ARRAY; the array may be left out where there is only one). They are read in blocks, so they may be larger than memory. OUT holds indices (uint32, rows of BASE, the nearest first, equal distances by the lower row) and distances (float32), both of one row for each row of QUERY. The result is exact: the same on every device.',
  ],
  examples: [
    ['csx pair major.npy minor.npy -o pairs.npz', 'the nearest minor latent of every major one'],
    ['csx pair a.npz:latents b.npy -k 5 --metric cosine --memory 4GiB -o pairs.npz', 'five neighbors each'],
  ],
  positionals: [
    { name: 'QUERY', help: 'latents to find neighbors for', required: true },
    { name: 'BASE', help: 'latents to find them in', required: true },
  ],
  flags,
  async run({ flags, positionals }, { terminal, environment, directory }) {
    const { out, k, metric, memoryBytes } = settingsOf(flags);
    const path = resolve(directory, out);
    await checkOutput(path, out, flags.get('force') === true, 'csx pair');
    const files: RowFile[] = [];
    let ops: LatentOps | undefined;
    try {
      for (const name of ['QUERY', 'BASE']) files.push(await openLatents(directory, positionals.get(name) ?? ''));
      const [query, base] = files;
      // What the operations keep for themselves counts, too.
      const ownBytes = Math.floor(memoryBytes / 8);
      const opened = await openChosenOps(flags, environment, ownBytes);
      ops = opened.ops;
      const begin = performance.now();
      const options = { k, metric, memoryBytes: memoryBytes - ownBytes };
      const message = `${formatNumber(query.n)} x ${formatNumber(base.n)} rows of ${query.d} ${opened.device.reason}`;
      const { nearestInBlocks } = await import('@csx/core');
      const found = await withProgress(terminal, ({ event, signal }) => {
        event({ kind: 'stage', stage: 'pair', message });
        return nearestInBlocks(opened.ops, query, base, {
          ...options,
          signal,
          onProgress: ({ doneCount, totalCount }) =>
            event({
              kind: 'progress',
              stage: 'pair',
              done: doneCount / 1e6,
              total: totalCount / 1e6,
              unit: 'million distances',
            }),
        });
      });
      await writePairs(path, found, [query.n, k]);
      const seconds = (performance.now() - begin) / 1000;
      const { recomputedCount } = found;
      const facts = { out, n: query.n, m: base.n, d: query.d, k, metric, recomputedCount, seconds };
      terminal.out.write(
        flags.get('json') === true
          ? `${JSON.stringify({ ...facts, device: ops.description }, null, 2)}\n`
          : `${out}  ${formatNumber(query.n)} rows, k = ${k}, in ${formatDuration(seconds * 1000)}\n`,
      );
    } finally {
      ops?.dispose();
      for (const file of files) await file.close();
    }
  },
};
