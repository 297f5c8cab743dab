import { cpSync, existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { csx, temporaryDirectory } from './support/csx.ts';

/** Two seeds of figure 1, some seconds. */
const words = [
  'reproduce',
  'fig1',
  ...['--preset', 'mini', '--seeds', '2', '--epochs', '2', '--iterations', '2', '--epochs-per-iteration', '1'],
  ...['--major-count', '40', '--minor-count', '16', '--held-out-count', '5', '--test-count', '8', '--width', '0.25'],
  ...['--device', 'cpu', '--threads', '1'],
];
const directory = temporaryDirectory();
const file = (...names: string[]) => join(directory, ...names);

/** A reproduction without what differs from one time to the next. */
function timeless(path: string): unknown {
  return JSON.parse(readFileSync(path, 'utf8'), (key, value: unknown) =>
    key === 'timing' || key === 'ms' ? undefined : value,
  );
}

async function done(words: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await csx([...words], { directory });
  if (code !== 0) throw new Error(`exit code ${code}\n${stderr}`);
  return stdout;
}

beforeAll(async () => {
  await done([...words, '--cache', 'c', '--out', 'whole']);
  // Three shards for two networks: two of them train the same one, each in a cache of its own.
  for (const shard of ['1/3', '2/3', '3/3'])
    expect(await done([...words, '--cache', `c${shard[0]}`, '--out', 'shards', '--shard', shard])).toMatch(
      new RegExp(`^Shard ${shard[0]} of 3: \\d+ outcomes in shards/shard-${shard[0]}-of-3\\.json\\n$`),
    );
});

describe('csx reproduce --shard and csx merge', () => {
  it('end in the record of a call without shards, times aside', async () => {
    expect(existsSync(file('shards', 'reproduce.html'))).toBe(false);
    const stdout = await done(['merge', 'shards', '--out', 'merged']);
    expect(stdout).toContain('3 shards\nReport: merged/reproduce.html\n');
    expect(timeless(file('merged', 'reproduce.json'))).toEqual(timeless(file('whole', 'reproduce.json')));
    expect(readFileSync(file('merged', 'reproduce.html'), 'utf8')).toContain('done again with 2 seeds');
  });

  it('--dry-run shows the jobs of the shard alone', async () => {
    const jobs = async (...more: string[]) =>
      (JSON.parse(await done([...words, '--cache', 'none', '--dry-run', '--json', ...more])) as { jobs: unknown[] })
        .jobs;
    const all = await jobs();
    expect(all).toHaveLength(12);
    const [first, second] = [await jobs('--shard', '1/2'), await jobs('--shard', '2/2')];
    expect([...first, ...second]).toEqual(all);
  });

  it('refuse what is missing, does not belong together, or is no record, and keep what is there', async () => {
    cpSync(file('shards'), file('bad'), { recursive: true });
    const refused = async (exitCode: number, message: string) => {
      const { code, stdout, stderr } = await csx(['merge', 'bad'], { directory });
      expect(stderr).toContain(message);
      expect([code, stdout]).toEqual([exitCode, '']);
      expect(existsSync(file('bad', 'reproduce.json'))).toBe(false);
    };
    const shard = file('bad', 'shard-2-of-3.json');
    const kept = readFileSync(shard, 'utf8');
    rmSync(shard);
    await refused(2, 'merge: shard 2 of 3 is missing');
    writeFileSync(shard, kept.replace('"seeds":[0,1]', '"seeds":[0,2]'));
    await refused(2, 'merge: records do not belong together: settings.seeds is [0,1] in shard-1-of-3.json');
    writeFileSync(shard, kept.slice(0, 1000));
    await refused(4, 'bad/shard-2-of-3.json: not JSON');
    writeFileSync(shard, '{"schemaVersion": 2}');
    await refused(4, 'bad/shard-2-of-3.json: schemaVersion');
    writeFileSync(shard, kept);
    renameSync(file('bad'), file('good'));
    await done(['merge', 'good']);
    expect(existsSync(file('good', 'reproduce.json'))).toBe(true);
    const { code, stderr } = await csx(['merge', 'nowhere'], { directory });
    expect([code, stderr]).toEqual([4, expect.stringContaining('nowhere: no shard-I-of-N.json')]);
  });

  it('refuse a shard out of range before anything is trained', async () => {
    for (const shard of ['0/2', '3/2', '2', 'x/y']) {
      const { code, stderr } = await csx([...words, '--cache', 'new', '--shard', shard], { directory });
      expect([code, stderr]).toEqual([2, expect.stringContaining(`shard: got ${shard}, expected i/n`)]);
    }
    expect(existsSync(file('new'))).toBe(false);
  });
});
