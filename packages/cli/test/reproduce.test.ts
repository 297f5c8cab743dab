import { existsSync, mkdirSync, readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { csx, temporaryDirectory } from './support/csx.ts';

/** Two seeds of figure 1, some seconds. */
const words = [
  'reproduce',
  'fig1',
  ...['--preset', 'mini', '--seeds', '2', '--epochs', '2', '--iterations', '2', '--epochs-per-iteration', '1'],
  ...['--major-count', '40', '--minor-count', '16', '--held-out-count', '5', '--test-count', '8', '--width', '0.25'],
  ...['--device', 'cpu', '--threads', '1', '--cache', 'c', '--out', 'o'],
];

interface Reproduction {
  readonly outcomes: { readonly seed: number; readonly timing: unknown; readonly backbone: { readonly ms: number } }[];
  readonly missing: unknown[];
}
const read = (directory: string) =>
  JSON.parse(readFileSync(join(directory, 'o', 'reproduce.json'), 'utf8')) as Reproduction;
const withoutTimes = ({ outcomes, ...rest }: Reproduction) => ({
  ...rest,
  outcomes: outcomes.map(({ timing: _, backbone: { ms: __, ...backbone }, ...outcome }) => ({ ...outcome, backbone })),
});
const jobLines = (stderr: string) => stderr.match(/job \d+ of 12: /g) ?? [];

describe('csx reproduce', () => {
  it('does what is missing, draws the page, and does nothing twice', { timeout: 120_000 }, async () => {
    const directory = temporaryDirectory();
    const first = await csx(words, { directory });
    expect(first.code, first.stderr).toBe(0);
    expect(jobLines(first.stderr)).toHaveLength(12);
    expect(first.stdout).toMatch(/undecided +On truck-ship/);
    expect(first.stdout).toContain('Report: o/reproduce.html\n');
    expect(read(directory).outcomes).toHaveLength(10);
    expect(readFileSync(join(directory, 'o', 'reproduce.html'), 'utf8')).toContain('done again with 2 seeds');

    const dry = await csx([...words, '--dry-run'], { directory });
    expect(dry.stdout).toContain('12 jobs, 12 of them in');

    // A record cut short is made again, and only it.
    const arm = readdirSync(join(directory, 'c')).find((name) => name.startsWith('arm-')) as string;
    const before = withoutTimes(read(directory));
    truncateSync(join(directory, 'c', arm, 'record.json'), 100);
    const again = await csx(words, { directory });
    expect(again.code, again.stderr).toBe(0);
    expect(again.stderr).toContain(`${arm} is made again: record.json has 100 bytes`);
    expect(jobLines(again.stderr)).toHaveLength(1);
    expect(withoutTimes(read(directory))).toEqual(before);
  });

  it('goes on after SIGKILL and SIGINT, and ends in the same figures', { timeout: 120_000 }, async () => {
    const directory = temporaryDirectory();
    const stopAt = (signal: NodeJS.Signals, job: string) => {
      let sent = false;
      return csx(words, {
        directory,
        onStderr: (text, child) => {
          if (sent || !text.includes(job)) return;
          sent = true;
          child.kill(signal);
        },
      });
    };
    const killed = await stopAt('SIGKILL', 'job 3 of 12');
    expect(killed.signal).toBe('SIGKILL');
    expect(existsSync(join(directory, 'o'))).toBe(false);
    const interrupted = await stopAt('SIGINT', 'job 7 of 12');
    expect(interrupted.code, interrupted.stderr).toBe(130);
    expect(interrupted.stderr).toContain('What is done stands in o/reproduce.html; the same command goes on.');
    const partial = read(directory);
    expect(partial.outcomes.length + partial.missing.length).toBe(10);
    expect(partial.missing.length).toBeGreaterThan(0);
    const finished = await csx(words, { directory });
    expect(finished.code, finished.stderr).toBe(0);

    const whole = temporaryDirectory();
    await csx(words, { directory: whole });
    expect(withoutTimes(read(directory))).toEqual(withoutTimes(read(whole)));
  });

  it('draws what there is without training, and plans without writing', { timeout: 60_000 }, async () => {
    const directory = temporaryDirectory();
    const dry = await csx([...words, '--dry-run', '--json'], { directory });
    expect(dry.code, dry.stderr).toBe(0);
    const { jobs } = JSON.parse(dry.stdout) as { jobs: { id: string; flop: number; isDone: boolean }[] };
    expect(jobs).toHaveLength(12);
    expect(jobs.every(({ flop, isDone }) => flop > 0 && !isDone)).toBe(true);
    expect(readdirSync(directory)).toEqual([]);
    const drawn = await csx([...words, '--report-only'], { directory });
    expect(drawn.code, drawn.stderr).toBe(0);
    expect(drawn.stdout).toContain('10 jobs are not done; the page says which.');
    expect(read(directory).missing).toHaveLength(10);
  });

  it.each([
    [['reproduce'], 2, 'EXPERIMENT'],
    [['reproduce', 'fig4'], 2, 'fig4'],
    [['reproduce', 'fig1', '--seeds', '0'], 2, '--seeds'],
    [['reproduce', 'fig1', '--gamma', '1'], 2, 'unknown option --gamma'],
    [['reproduce', 'fig2', '--preset', 'mini', '--minor-count', '10'], 2, 'rounds to no new latent'],
  ])('refuses %j', async (bad, exit, message) => {
    const directory = temporaryDirectory();
    const { code, stderr } = await csx([...bad, '--cache', 'c', '--out', 'o'].slice(0, bad.length + 4), { directory });
    expect(stderr).toContain(message);
    expect(code).toBe(exit);
    expect(readdirSync(directory)).toEqual([]);
  });

  it('leaves a page alone that it cannot replace', async () => {
    const directory = temporaryDirectory();
    mkdirSync(join(directory, 'o'));
    writeFileSync(join(directory, 'o', 'reproduce.html'), 'an earlier page');
    const { code } = await csx([...words, '--data', 'nowhere'], { directory });
    expect(code).not.toBe(0);
    expect(readFileSync(join(directory, 'o', 'reproduce.html'), 'utf8')).toBe('an earlier page');
  });
});
