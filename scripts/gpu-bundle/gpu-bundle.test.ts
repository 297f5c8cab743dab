import { spawnSync } from 'node:child_process';
import {
  appendFileSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { buildBundle } from './build-bundle.ts';
import type { Piece } from './pack.ts';

const root = join(import.meta.dirname, '..', '..');
let folder: string;
let bundle: string;
let pieces: readonly Piece[];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'csx-gpu-bundle-'));
  bundle = join(folder, 'bundle');
  pieces = await buildBundle({ root, out: bundle, data: undefined, compression: 'fast' });
  // All that the script may rely on: no Node, no npm, no python.
  mkdirSync(join(folder, 'bin'));
  const tools = [
    'bash',
    'env',
    'uname',
    'date',
    'mkdir',
    'cp',
    'mv',
    'rm',
    'cat',
    'dirname',
    'sha256sum',
    'tar',
    'gzip',
  ];
  const places = (process.env.PATH ?? '').split(':');
  for (const tool of tools) {
    const found = places.map((place) => join(place, tool)).find((path) => existsSync(path));
    if (found === undefined) throw new Error(`the test needs ${tool}`);
    symlinkSync(found, join(folder, 'bin', tool));
  }
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function runScript(directory: string, ...args: string[]) {
  const { status, stdout, stderr } = spawnSync(join(folder, 'bin', 'bash'), ['run.sh', ...args], {
    cwd: directory,
    env: { PATH: join(folder, 'bin') },
    encoding: 'utf8',
  });
  return { status, stdout, stderr };
}

it('is in pieces of at most 60 MB, each with its sum', () => {
  expect(pieces.length).toBeGreaterThan(1);
  for (const { bytes } of pieces) expect(bytes).toBeLessThanOrEqual(60e6);
  const names = pieces.map(({ name }) => name);
  expect(readdirSync(bundle).sort()).toEqual(['SHA256SUMS', 'run.sh', ...names].sort());
});

it('runs without Node, from pieces that come one after another', () => {
  const target = join(folder, 'target');
  mkdirSync(target);
  const bring = (name: string) => copyFileSync(join(bundle, name), join(target, name));
  bring('run.sh');
  bring('SHA256SUMS');
  const [first, ...others] = pieces.map(({ name }) => name);
  bring(first);
  const incomplete = runScript(target, '--software');
  expect(incomplete.status).toBe(4);
  expect(incomplete.stderr).toContain(`${others.at(-1)} to come`);
  rmSync(join(target, first));

  for (const name of others) bring(name);
  appendFileSync(join(target, others[0]), '!');
  expect(runScript(target, '--software')).toMatchObject({
    status: 4,
    stderr: `run.sh: ${others[0]} is damaged: copy it again\n`,
  });
  bring(others[0]);

  // Too short a slice to begin anything: the adapter is found, and the summary says what is left.
  const begun = runScript(target, '--software', '--minutes', '0.05', '--only', 'runs', '--out', 'out');
  expect(begun.stderr).toContain('unpacking runtime');
  expect(begun.status).toBe(75);
  const read = (name: string) => JSON.parse(readFileSync(join(target, 'out', name), 'utf8'));
  expect(read('summary.json')).toMatchObject({
    adapterKind: 'software',
    complete: false,
    left: ['tests', 'bench', 'runs'],
  });
  const info = read('info.json');
  expect(info.bundle.node).toBe(process.version);
  expect(info.trials[0].adapters[0]).toMatchObject({ isSoftware: true, implementation: 'dawn' });
  expect(begun.stdout).toContain('"left"');

  // What tests load by a name that no trace sees.
  const [runtime] = readdirSync(join(target, 'work')).filter((name) => name.startsWith('runtime-'));
  const loads = ['fast-check', 'esbuild', 'onnxruntime-web', 'onnxruntime-node', 'webgpu', 'vitest/node'];
  const script = `
    for (const name of ${JSON.stringify(loads)}) await import(name);
    await (await import('esbuild')).transform('let a: number', { loader: 'ts' });
    const ort = await import('onnxruntime-web');
    await ort.InferenceSession.create(new Uint8Array(1)).catch(({ message }) => {
      if (!/protobuf|model/i.test(message)) throw new Error(message);
    });`;
  const loaded = spawnSync(join(target, 'work', runtime, 'node'), ['--input-type=module', '--eval', script], {
    cwd: join(target, 'work', runtime, 'app'),
    env: {},
    encoding: 'utf8',
  });
  expect(loaded.stderr).toBe('');
  expect(loaded.status).toBe(0);

  // Unpacked once; with results of a software adapter a GPU's are not mixed.
  const mixed = runScript(target, '--minutes', '0.05', '--out', 'out');
  expect(mixed.stderr).not.toContain('unpacking');
  expect(mixed.stderr).toContain('name another folder with --out');
  expect(mixed.status).toBe(2);

  expect(runScript(target, '--minutes', 'soon')).toMatchObject({ status: 2 });
});
