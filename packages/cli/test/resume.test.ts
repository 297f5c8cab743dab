import { randomInt } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createStream } from '@csx/core';
import { beforeAll, describe, expect, it } from 'vitest';
import { csx, temporaryDirectory } from './support/csx.ts';
import { tinyRunWith } from './support/tiny-run.ts';

/** Large enough that a random moment falls into any of its stages. */
const words = tinyRunWith(
  ...[
    '--epochs',
    '4',
    '--iterations',
    '12',
    '--epochs-per-iteration',
    '8',
    '--major-count',
    '40',
    '--minor-count',
    '16',
  ],
  ...['--device', 'cpu', '--out', 'r'],
);

interface Record {
  readonly timing: { readonly resumedCount: number };
}
const readRecord = (directory: string) =>
  JSON.parse(readFileSync(join(directory, 'r', 'record.json'), 'utf8')) as Record;
const withoutTiming = ({ timing: _, ...rest }: Record) => rest;
/** Results beside the record, which must be the same bytes. */
const files = [
  'split.json',
  'models/backbone/group1-shard1of1.bin',
  'models/heads/asymmetric/group1-shard1of1.bin',
  'report-extras.json',
];
const readFiles = (directory: string) =>
  files.map((file) => readFileSync(join(directory, 'r', file)).toString('base64'));

/** Starts csx and sends it a signal so many milliseconds after its first stage has begun. */
async function interrupt(directory: string, resume: boolean, signal: NodeJS.Signals, afterMs: number) {
  let timer: NodeJS.Timeout | undefined;
  const outcome = await csx([...words, ...(resume ? ['--resume'] : [])], {
    directory,
    onStderr: (text, child) => {
      if (text.includes('data: ')) timer ??= setTimeout(() => child.kill(signal), afterMs);
    },
  });
  clearTimeout(timer);
  return outcome;
}

/** A dozen processes one after the other. */
const testMs = 300_000;

describe('an interrupted run', () => {
  let reference: Record;
  let referenceFiles: string[];
  let workMs = 0;
  beforeAll(async () => {
    const directory = temporaryDirectory();
    let begin = 0;
    const { code, stderr } = await csx(words, {
      directory,
      onStderr: (text) => {
        if (text.includes('data: ')) begin ||= performance.now();
      },
    });
    workMs = performance.now() - begin;
    if (code !== 0) throw new Error(stderr);
    reference = readRecord(directory);
    referenceFiles = readFiles(directory);
  });

  async function finish(directory: string): Promise<void> {
    const resume = existsSync(join(directory, 'r', 'checkpoint', 'run.json')) ? ['--resume'] : [];
    const { code, stderr } = await csx([...words, ...resume], { directory });
    expect(code, stderr).toBe(0);
    const record = readRecord(directory);
    expect(withoutTiming(record)).toEqual(withoutTiming(reference));
    expect(readFiles(directory)).toEqual(referenceFiles);
    const names = readdirSync(directory, { recursive: true, encoding: 'utf8' });
    expect(names.filter((name) => name.endsWith('.tmp'))).toEqual([]);
  }

  // Each kind of signal at five random moments: the first anywhere in the run, the next anywhere in what is left.
  it.each(['SIGINT', 'SIGKILL'] as const)(
    'ends in the same record after %s at random moments',
    { timeout: testMs },
    async (signal) => {
      const seed = Number(process.env.CSX_TEST_SEED ?? randomInt(2 ** 32));
      const stream = createStream(seed, 'testData', signal === 'SIGINT' ? 0 : 1);
      let directory = temporaryDirectory();
      let leftMs = workMs;
      const moments: string[] = [];
      for (let i = 0; i < 5; i++) {
        const resume = existsSync(join(directory, 'r', 'checkpoint', 'run.json'));
        const afterMs = Math.floor(stream.uniform() * leftMs);
        const { code, signal: by, stderr } = await interrupt(directory, resume, signal, afterMs);
        const stage = stderr.match(/(data|backbone|projection|pairing|arms|evaluation|report): /g)?.at(-1);
        moments.push(`${afterMs} ms, ${stage ?? ''}${code ?? by}`);
        leftMs -= afterMs;
        if (code === 0 || leftMs < 0.1 * workMs) {
          await finish(directory);
          directory = temporaryDirectory();
          leftMs = workMs;
        }
        if (code === 0) continue;
        // A signal that finds the work done and the process at its end acts as it does on any other.
        if (by !== signal) expect(code, stderr).toBe(signal === 'SIGINT' ? 130 : null);
        const unfinished = stderr.includes('backbone: ') && !stderr.includes('report: ');
        if (signal === 'SIGINT' && unfinished) expect(stderr).toContain('Interrupted.\nThe last checkpoint stands.');
      }
      console.log(
        `${signal}, CSX_TEST_SEED=${seed}, a whole run takes ${Math.round(workMs)} ms: ${moments.join('; ')}`,
      );
      await finish(directory);
    },
  );

  it('SIGTERM ends with 143', async () => {
    const { code, stderr } = await interrupt(temporaryDirectory(), false, 'SIGTERM', 0.2 * workMs);
    expect([code, stderr]).toEqual([143, expect.stringContaining('csx run --resume --out r')]);
  });

  it('more than one SIGINT ends with 130 all the same', async () => {
    let sent = 0;
    const { code } = await csx(words, {
      directory: temporaryDirectory(),
      onStderr: (text, child) => {
        if (!text.includes('backbone: ') || sent > 0) return;
        // Half a second counts as one Ctrl-C, delivered twice.
        for (const ms of [0, 50, 700]) setTimeout(() => child.kill('SIGINT'), ms);
        sent++;
      },
    });
    expect(code).toBe(130);
  });
});
