import { execFile } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));
const script = (name: string) => join(root, 'scripts', 'slurm', name);
const csx = [process.execPath, join(root, 'packages', 'cli', 'bin', 'csx.mjs')];
const sizes = ['major-count=20', 'minor-count=8', 'held-out-count=4', 'test-count=8', 'width=0.125', 'epochs=2'];
/** Enough for seconds between the first arm and the last, in which a task is killed. */
const rounds = ['iterations=10', 'epochs-per-iteration=10'];
const machine = ['device=cpu', 'threads=1'];
const options = [
  ...['fig1', '--preset', 'mini', '--seeds', '2'],
  ...[...sizes, ...rounds, ...machine].map((option) => `--${option}`),
];

const folders: string[] = [];
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'csx-slurm-'));
  folders.push(folder);
  // munged runs as a user of its own.
  chmodSync(folder, 0o755);
  return folder;
}

/** What a program prints. */
function run(
  program: string,
  words: readonly string[],
  cwd: string,
  more: Record<string, string> = {},
): Promise<string> {
  const options = { cwd, env: { ...process.env, ...more }, timeout: 400_000, maxBuffer: 2 ** 24 };
  return new Promise((resolve, reject) => {
    execFile(program, words, options, (error, stdout, stderr) => {
      if (error === null) resolve(stdout);
      else reject(new Error(`${program} ${words.join(' ')}: exit code ${error.code}\n${stdout}${stderr}`));
    });
  });
}

/** A reproduction without what differs from one time to the next. */
function timeless(file: string): unknown {
  return JSON.parse(readFileSync(file, 'utf8'), (key, value: unknown) =>
    key === 'timing' || key === 'ms' ? undefined : value,
  );
}

// vitest.config.ts leaves this file out, and says so, where there is no Slurm.
describe('a Slurm array', () => {
  it('gives the record of a run without shards, though a task was killed and put back', {
    timeout: 600_000,
  }, async () => {
    const folder = temporaryFolder();
    const [node, bin] = csx;
    await run(node, [bin, 'reproduce', ...options, '--cache', 'whole-cache', '--out', 'whole'], folder);
    const words = [...options, '--cache', 'cache', '--out', 'shards'];
    const log = await run(script('one-node.sh'), [join(folder, 'slurm'), script('kill-and-requeue.sh')], folder, {
      CSX: csx.join(' '),
      ARGUMENTS: words.join(' '),
      SLURM_CPUS: '2',
      // Beside any other Slurm, and one that an earlier test may have left.
      SLURM_PORT: String(20_000 + 2 * (process.pid % 10_000)),
    });
    expect(log).toContain('killed the process of task 1, with SIGKILL');
    expect(log).toContain('task 1 started again');
    const merged = await run(node, [bin, 'merge', 'shards', '--out', 'merged'], folder);
    expect(merged).toContain('2 shards');
    expect(timeless(join(folder, 'merged', 'reproduce.json'))).toEqual(
      timeless(join(folder, 'whole', 'reproduce.json')),
    );
    const keep = process.env.CSX_SLURM_LOG;
    if (keep === undefined) return;
    const tasks = [0, 1].map((task) => `# task ${task}\n${readFileSync(join(folder, `log-${task}.txt`), 'utf8')}`);
    const whole = ['# the array', log, ...tasks, '# csx merge', merged].join('\n');
    // Of the places on this machine, a reader has no use.
    writeFileSync(keep, whole.replaceAll(`${folder}/`, '').replaceAll(root, '').replaceAll(process.execPath, 'node'));
  });
});
