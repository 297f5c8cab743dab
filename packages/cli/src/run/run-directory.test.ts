import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runConfigSchema } from '@csx/core/config';
import { DirectoryStore } from '@csx/core/files';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { resolveRunSettings } from '../settings/run-settings.ts';
import { clearFirst } from './clear-first.ts';
import { checkSameRun, inspectRunDirectory, removeLeftovers } from './run-directory.ts';

const config = runConfigSchema.parse({});
const temporaryName = '.csx-00000000-0000-4000-8000-000000000000.tmp';
let directory = '';
let store = new DirectoryStore('.');
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'csx-directory-'));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  store = new DirectoryStore(directory);
});

function putRun(content: unknown = { config }): void {
  mkdirSync(join(directory, 'checkpoint'), { recursive: true });
  writeFileSync(join(directory, 'checkpoint', 'run.json'), JSON.stringify(content));
}

describe('inspectRunDirectory', () => {
  it('knows an empty directory, and one that is not there', async () => {
    expect(await inspectRunDirectory(store)).toEqual({ kind: 'empty' });
    expect(await inspectRunDirectory(new DirectoryStore(join(directory, 'none')))).toEqual({ kind: 'empty' });
  });

  it('counts what a process killed in its first write left as nothing', async () => {
    mkdirSync(join(directory, 'checkpoint'));
    writeFileSync(join(directory, 'checkpoint', temporaryName), '{');
    expect(await inspectRunDirectory(store)).toEqual({ kind: 'empty' });
  });

  it('knows a run, finished or not', async () => {
    putRun();
    expect(await inspectRunDirectory(store)).toEqual({ kind: 'run', config, complete: false });
    writeFileSync(join(directory, 'record.json'), '{}');
    expect(await inspectRunDirectory(store)).toEqual({ kind: 'run', config, complete: true });
  });

  it('takes no other directory for a run', async () => {
    mkdirSync(join(directory, 'checkpoint'));
    writeFileSync(join(directory, 'checkpoint', 'model.bin'), '');
    expect(await inspectRunDirectory(store)).toEqual({ kind: 'foreign' });
  });

  it.each<[unknown, string]>([
    [{}, 'the whole'],
    [null, 'the whole'],
    [{ config: { seed: -1 } }, 'seed'],
  ])('refuses a run whose configuration is %j', async (content, message) => {
    putRun(content);
    await expect(inspectRunDirectory(store)).rejects.toThrow(`run.json: ${message}`);
  });
});

it('removeLeftovers removes temporary files alone', async () => {
  putRun();
  writeFileSync(join(directory, 'checkpoint', temporaryName), '{');
  await removeLeftovers(store);
  expect(await readdir(join(directory, 'checkpoint'))).toEqual(['run.json']);
});

it('clearFirst empties the directory at the first use, not before', async () => {
  putRun();
  writeFileSync(join(directory, 'record.json'), '{}');
  const cleared = clearFirst(store);
  expect(await store.list()).toEqual(['checkpoint/run.json', 'record.json']);
  expect(await cleared.read('record.json')).toBeUndefined();
  expect(await store.list()).toEqual([]);
  await cleared.write('record.json', new Uint8Array([1]));
  expect(await cleared.list()).toEqual(['record.json']);
});

describe('checkSameRun', () => {
  const check = (name: string, value: unknown, source: string) =>
    checkSameRun(resolveRunSettings([{ values: new Map([[name, value]]), sourceOf: () => source }]), config, 'runs/a');

  it('lets equal options and unset ones pass', () => {
    expect(() => check('gamma', -0.4, '--gamma')).not.toThrow();
    expect(() => check('device', 'cpu', '--device')).not.toThrow();
  });

  it('names where another value came from', () => {
    expect(() => check('gamma', -0.5, 'CSX_GAMMA')).toThrow(
      'csx run --resume: CSX_GAMMA is -0.5, but the run in runs/a has -0.4',
    );
    expect(() => check('minors', ['cat'], '--minors')).toThrow(
      '--minors is ["cat"], but the run in runs/a has nothing',
    );
  });
});
