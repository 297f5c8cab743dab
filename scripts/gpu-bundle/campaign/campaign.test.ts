import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { benchSizes } from './bench-step.ts';
import { runChild } from './child.ts';
import { driverCandidates, findVulkan } from './driver.ts';
import { parseOptions } from './options.ts';
import { Results, type Summary } from './results.ts';
import { plannedRuns } from './runs-step.ts';
import { renderTests } from './test-record.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'csx-campaign-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
});

function touch(...paths: readonly string[]): void {
  for (const path of paths) {
    mkdirSync(join(folder, path, '..'), { recursive: true });
    writeFileSync(join(folder, path), '');
  }
}

describe('parseOptions', () => {
  const environment = { CSX_CAMPAIGN_STARTED: '1000', CSX_CAMPAIGN_DATA: '', CSX_CAMPAIGN_WORK: '/w' };

  it('ends the slice the given minutes after run.sh began', () => {
    const options = parseOptions(['--minutes', '2.5', '--out', '/o'], environment);
    expect(options).toMatchObject({ deadline: 1_150_000, out: '/o', work: '/w', data: undefined, seeds: 5 });
    expect(options.only).toEqual(['tests', 'bench', 'runs']);
    expect(parseOptions(['--software'], { ...environment, CSX_CAMPAIGN_DATA: '/d' })).toMatchObject({
      data: '/d',
      seeds: 2,
    });
  });

  it.each([
    [['--minutes', '0'], '--minutes is "0"'],
    [['--minutes', 'ten'], '--minutes is "ten"'],
    [['--seeds', '1.5'], 'expected a whole number above 0'],
    [['--only', 'tests,benches'], '"benches"'],
    [['--minuts', '3'], '--minuts'],
    [['stray'], 'stray'],
  ])('refuses %j', (args, message) => {
    expect(() => parseOptions(args, environment)).toThrow(message);
  });
});

it.each(Object.entries(benchSizes))('measures cases that the benchmark has: %s', async (_, { cases }) => {
  const listed = await runChild({
    command: process.execPath,
    args: ['packages/cli/bin/csx.mjs', 'bench', '--list', ...cases],
    directory: join(import.meta.dirname, '..', '..', '..'),
    environment: process.env,
    log: join(folder, 'log'),
    deadline: Date.now() + 60_000,
    signal: new AbortController().signal,
  });
  expect(listed.code).toBe(0);
  const titles = listed.stdout.split('\n').filter((line) => line !== '');
  expect(titles.length).toBeGreaterThan(cases.length === 0 ? 50 : 1);
});

describe('the way to the driver', () => {
  const bundle = () => ({ runtime: '/bundle', work: join(folder, 'work') });

  it("takes NVIDIA's own file with the machine's loader first", () => {
    touch('usr/share/vulkan/icd.d/lvp_icd.json', 'etc/vulkan/icd.d/nvidia_icd.json', 'usr/lib64/libvulkan.so.1');
    touch('usr/lib64/libGLX_nvidia.so.0');
    const [first, second, third] = driverCandidates(findVulkan(folder), bundle(), undefined);
    expect(first.environment).toEqual({ VK_ICD_FILENAMES: join(folder, 'etc/vulkan/icd.d/nvidia_icd.json') });
    const own = join(folder, 'work', 'libGLX_nvidia_icd.json');
    expect(second.environment).toEqual({ VK_ICD_FILENAMES: own });
    expect(JSON.parse(readFileSync(own, 'utf8')).ICD.library_path).toBe('libGLX_nvidia.so.0');
    expect(third.environment.LD_LIBRARY_PATH).toBe('/bundle/vulkan');
  });

  it('brings a loader and a driver file where the machine has only libraries, outside of the linker too', () => {
    touch('usr/local/nvidia/lib64/libEGL_nvidia.so.0');
    const driver = join(folder, 'usr/local/nvidia/lib64');
    const candidates = driverCandidates(findVulkan(folder), bundle(), '/before');
    expect(candidates.map(({ environment }) => environment.LD_LIBRARY_PATH)).toEqual([
      `/before:/bundle/vulkan:${driver}`,
      `/before:/bundle/vulkan:${driver}:/bundle/lib/driver`,
    ]);
    const file = JSON.parse(readFileSync(candidates[0].environment.VK_ICD_FILENAMES, 'utf8'));
    expect(file.ICD.library_path).toBe(join(driver, 'libEGL_nvidia.so.0'));
  });

  it('is none where there is no driver', () => {
    touch('usr/share/vulkan/icd.d/lvp_icd.json', 'usr/lib64/libvulkan.so.1');
    expect(driverCandidates(findVulkan(folder), bundle(), undefined)).toEqual([]);
  });
});

describe('Results', () => {
  const summary: Summary = { bundle: 'a', adapterKind: 'gpu', slices: 1, complete: false, steps: [], left: [] };

  it('copies what it writes, and takes up what another machine left', () => {
    const out = join(folder, 'out');
    const here = Results.open(join(folder, 'here'), out, 'a', 'gpu');
    here.write('tests.json', { passed: 3 });
    here.writeSummary(summary);
    const there = Results.open(join(folder, 'there'), out, 'a', 'gpu');
    expect(there.read('tests.json')).toEqual({ passed: 3 });
    expect(there.summary()).toEqual(summary);
    // A folder for results that is new gets all that the work folder has.
    Results.open(join(folder, 'there'), join(folder, 'out2'), 'a', 'gpu');
    expect(JSON.parse(readFileSync(join(folder, 'out2', 'tests.json'), 'utf8'))).toEqual({ passed: 3 });
  });

  it('refuses those of another bundle, or of software', () => {
    const out = join(folder, 'out');
    Results.open(join(folder, 'here'), out, 'a', 'gpu').writeSummary(summary);
    expect(() => Results.open(join(folder, 'b'), out, 'b', 'gpu')).toThrow(/another bundle.*--out/);
    expect(() => Results.open(join(folder, 'c'), out, 'a', 'software')).toThrow(/another bundle or kind of adapter/);
    expect(() => Results.open(join(folder, 'd'), out, 'a', 'gpu')).not.toThrow();
  });

  it("keeps the copy of a log to the log's end", () => {
    const out = join(folder, 'out');
    const results = Results.open(join(folder, 'here'), out, 'a', 'gpu');
    results.writeBytes('campaign.log', `${'x'.repeat(3e6)}end`);
    const copied = readFileSync(join(out, 'campaign.log'), 'utf8');
    expect(copied.length).toBe(2e6);
    expect(copied.endsWith('xend')).toBe(true);
  });
});

describe('runChild', () => {
  const child = (script: string, deadlineMs: number, signal = new AbortController().signal) =>
    runChild({
      command: process.execPath,
      args: ['-e', script],
      directory: folder,
      environment: process.env,
      log: join(folder, 'log'),
      deadline: Date.now() + deadlineMs,
      signal,
    });

  it('returns what a program said and logs it', async () => {
    const outcome = await child('console.log("out"); console.error("err"); process.exitCode = 3', 60_000);
    expect(outcome).toMatchObject({ code: 3, stopped: false, stdout: 'out\n', lastLines: 'err' });
    expect(readFileSync(join(folder, 'log'), 'utf8')).toMatch(/out/);
  });

  it('asks it to stop when time is up, and when the campaign is stopped', async () => {
    const waiting = 'process.on("SIGTERM", () => process.exit(143)); console.log("up"); setInterval(() => {}, 1000)';
    expect(await child(waiting, 1000)).toMatchObject({ code: 143, stopped: true });
    const abort = new AbortController();
    setTimeout(() => abort.abort(), 1000);
    expect(await child(waiting, 60_000, abort.signal)).toMatchObject({ code: 143, stopped: true });
  });

  it('says why a program did not start', async () => {
    const outcome = await runChild({
      command: join(folder, 'none'),
      args: [],
      directory: folder,
      environment: {},
      log: join(folder, 'log'),
      deadline: Date.now() + 60_000,
      signal: new AbortController().signal,
    });
    expect(outcome).toMatchObject({ code: null, stopped: false });
    expect(outcome.lastLines).toMatch(/ENOENT/);
  });
});

it('plans both retrainings of every seed, the first seed first', () => {
  const runs = plannedRuns(2, false, '/data');
  expect(runs.map(({ name }) => name)).toEqual(['head-seed0', 'joint-seed0', 'head-seed1', 'joint-seed1']);
  expect(runs[3].arguments.join(' ')).toMatch(/--preset paper --width 1 .*--data \/data --retraining joint --seed 1$/);
});

it('renders failures with their tests and the files that did not run', () => {
  const test = { name: 'k > adds', state: 'failed', errors: ['expected 1 to be 2\nat line 3'] };
  const record = {
    'a.test.ts': { state: 'failed', interrupted: 0, seconds: 1, errors: [], tests: [test] },
  } as const;
  expect(renderTests(record, ['a.test.ts', 'b.test.ts'])).toBe(
    'failed a.test.ts: 0 of 1 passed, 1.0 s\n   failed: k > adds\n      expected 1 to be 2\n-- b.test.ts: not run\n',
  );
});
