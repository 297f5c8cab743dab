import { cpSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { beforeAll, describe, expect, it } from 'vitest';
import { csx, type Outcome, type Runtime, temporaryDirectory } from './support/csx.ts';
import { tinyRun } from './support/tiny-run.ts';

interface Record {
  readonly classPairs: object;
  readonly arms: readonly { readonly name: string }[];
  readonly environment: { readonly runtime: string; readonly latentOps: { kind: string }; readonly wgslHashes: object };
  readonly timing: object;
}
const readRecord = (run: string) => JSON.parse(readFileSync(join(run, 'record.json'), 'utf8')) as Record;
/** What must not depend on when and by what a run was carried out. */
const outcomeOf = ({ timing: _, environment: __, ...rest }: Record) => rest;

function succeeded({ code, stdout, stderr }: Outcome): { stdout: string; stderr: string } {
  if (code !== 0) throw new Error(`exit code ${code}\n${stderr}`);
  return { stdout, stderr };
}

/** One run on Node that several tests look at. */
const directory = temporaryDirectory();
const run = join(directory, 'runs', 'mini-seed0');
let printed: { stdout: string; stderr: string };
beforeAll(async () => {
  printed = succeeded(await csx([...tinyRun, '--device', 'cpu'], { directory }));
});

describe('csx run', () => {
  it('prints a table and the path of the report, and leaves a whole run', () => {
    const { stdout, stderr } = printed;
    expect(stdout).toContain('asymmetric');
    expect(stdout.endsWith('\nReport: runs/mini-seed0/report.html\n')).toBe(true);
    expect(stderr).toContain('backbone: ');
    expect(stripVTControlCharacters(stdout + stderr)).toBe(stdout + stderr);
    for (const file of [
      'record.json',
      'report.html',
      'split.json',
      'models/backbone/model.json',
      'synthetic/bottom.npz',
    ]) {
      expect(existsSync(join(run, file)), file).toBe(true);
    }
  });

  it('shows a block in place on a terminal, with the cursor back at the end', async () => {
    const shell = 'script -qec "stty cols 90 rows 24; {}" /dev/null < /dev/null';
    const { stdout } = succeeded(await csx(tinyRun, { shell, environment: { TERM: 'xterm' } }));
    const escapeCode = String.fromCharCode(27);
    expect(stdout).toContain(`${escapeCode}[?25l`);
    expect(stdout.lastIndexOf(`${escapeCode}[?25h`)).toBeGreaterThan(stdout.lastIndexOf(`${escapeCode}[?25l`));
    const shown = stripVTControlCharacters(stdout);
    for (const stage of ['data', 'backbone', 'projection', 'pairing', 'arms', 'report'])
      expect(shown).toContain(`✓ ${stage}`);
    expect(shown).toMatch(/\d+% +\d+\/\d+ steps/);
  });

  it('--dry-run prints options, readings and planned work, and writes nothing', async () => {
    const directory = temporaryDirectory();
    const { stdout } = succeeded(
      await csx(['run', '--preset', 'paper', '--gamma', '-0.8', '--dry-run'], { directory }),
    );
    expect(stdout).toMatch(/--gamma +-0\.8 +\(--gamma\)/);
    expect(stdout).toMatch(/--p-max +0\.5\n/);
    expect(stdout).toContain('method.classDistance  centroid\n');
    // 10 epochs of 20 000 images, 2.39 GFLOP each (VGG19 at 32 x 32).
    expect(stdout).toMatch(/training on images +47\d TFLOP/);
    const { stdout: json } = succeeded(await csx(['run', '--preset', 'paper', '--dry-run', '--json'], { directory }));
    expect(JSON.parse(json)).toMatchObject({
      config: { preset: 'paper', method: { tau: 0.7 } },
      out: 'runs/paper-seed0',
    });
    expect(readdirSync(directory)).toEqual([]);
  });

  it('takes a software adapter when it is named', async () => {
    const out = join(temporaryDirectory(), 'gpu');
    succeeded(await csx([...tinyRun, '--out', out, '--device', 'gpu', '--adapter', 'software']));
    const [onGpu, onCpu] = [readRecord(out), readRecord(run)];
    expect(onGpu.environment.latentOps.kind).toBe('gpu');
    expect(Object.keys(onGpu.environment.wgslHashes).length).toBeGreaterThan(5);
    expect(onCpu.environment).toMatchObject({ latentOps: { kind: 'cpu' }, wgslHashes: {} });
    expect(onGpu.classPairs).toEqual(onCpu.classPairs);
  });

  it('takes settings from csx.config.json and variables', async () => {
    const directory = temporaryDirectory();
    writeFileSync(join(directory, 'csx.config.json'), JSON.stringify({ seed: 3, method: { gamma: -0.1 } }));
    const { stdout } = succeeded(await csx(['run', '--dry-run'], { directory, environment: { CSX_TAU: '0.6' } }));
    expect(stdout).toMatch(/--gamma +-0\.1 +\(csx\.config\.json: method\.gamma\)/);
    expect(stdout).toMatch(/--tau +0\.6 +\(CSX_TAU\)/);
    expect(stdout).toMatch(/--out +runs\/mini-seed3/);
  });
});

describe('csx report', () => {
  it('draws the report again, and refuses what is no record', async () => {
    const copy = join(temporaryDirectory(), 'copy');
    cpSync(run, copy, { recursive: true });
    writeFileSync(join(copy, 'report.html'), '');
    const { stdout } = succeeded(await csx(['report', copy]));
    expect(stdout).toBe(printed.stdout.replace('runs/mini-seed0', copy));
    expect(readFileSync(join(copy, 'report.html')).equals(readFileSync(join(run, 'report.html')))).toBe(true);
    expect(existsSync(join(copy, 'tensorboard'))).toBe(false);
    succeeded(await csx(['report', copy, '--tensorboard']));
    expect(readdirSync(join(copy, 'tensorboard')).toSorted()).toEqual(
      ['backbone', ...readRecord(copy).arms.map(({ name }) => name)].toSorted(),
    );
    expect(readdirSync(join(copy, 'tensorboard', 'backbone'))).toEqual([
      expect.stringMatching(/^events\.out\.tfevents/),
    ]);
    writeFileSync(join(copy, 'record.json'), '{"schemaVersion": 2}');
    expect(await csx(['report', copy])).toMatchObject({
      code: 4,
      stderr: expect.stringContaining('record.json: schemaVersion'),
    });
    const missing = await csx(['report', 'nowhere']);
    expect(missing).toMatchObject({ code: 4, stdout: '', stderr: expect.stringContaining('nowhere: no record.json') });
  });
});

describe('csx doctor', () => {
  it('names adapters and what is missing', async () => {
    const { stdout } = succeeded(await csx(['doctor']));
    expect(stdout).toMatch(/program +node /);
    expect(stdout).toContain('What csx run takes');
    const { stdout: json } = succeeded(await csx(['doctor', '--json']));
    expect((JSON.parse(json) as { adapters: unknown[] }).adapters.length).toBeGreaterThan(0);
  });

  it('says how to get a driver where there is none', async () => {
    const environment = { VK_ICD_FILENAMES: '/nonexistent.json', VK_DRIVER_FILES: undefined };
    const { stdout } = succeeded(await csx(['doctor'], { environment }));
    expect(stdout).toContain('Missing');
    expect(stdout).toContain('Remedy: ');
  });
});

describe('every runtime', () => {
  it.each<[Runtime, RegExp]>([
    ['npx', /^node /],
    ['bunx', /^node /],
    ['bun', /^bun /],
    ['deno', /^deno /],
  ])('%s runs csx: --json prints the record alone, the same to the last bit', async (runtime, name) => {
    const out = join(temporaryDirectory(), 'r');
    const { stdout } = succeeded(await csx([...tinyRun, '--device', 'cpu', '--json', '--out', out], { runtime }));
    const record = JSON.parse(stdout) as Record;
    expect(record).toEqual(readRecord(out));
    expect(record.environment.runtime).toMatch(name);
    expect(outcomeOf(record)).toEqual(outcomeOf(readRecord(run)));
  });
});
