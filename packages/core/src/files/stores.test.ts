import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { InvalidInputError, StorageError } from '@csx/wgsl-kernels';
import { build } from 'esbuild';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DirectoryStore } from './directory-store.ts';
import type { FileStore } from './file-store.ts';
import { folderStore, withFallback } from './folder-store.ts';
import { MemoryStore } from './memory-store.ts';
import { storageFailure } from './storage-failure.ts';

const bytes = (text: string) => new TextEncoder().encode(text);
const text = (value: Uint8Array | undefined) => value && new TextDecoder().decode(value);

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'csx-stores-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const stores: [string, () => FileStore][] = [
  ['MemoryStore', () => new MemoryStore()],
  ['DirectoryStore', () => new DirectoryStore(join(folder, 'not', 'yet', 'there'))],
  ['a folder of a store', () => folderStore(new MemoryStore(), 'folder')],
  ['a store with a fallback', () => withFallback(new MemoryStore(), new MemoryStore())],
];

it('a folder of a store sees and touches its own files alone', async () => {
  const whole = new MemoryStore();
  await whole.write('other/a', bytes('1'));
  await whole.write('folder-too', bytes('2'));
  const store = folderStore(whole, 'folder');
  await store.write('a', bytes('3'));
  await store.remove('missing');
  expect(await store.list()).toEqual(['a']);
  expect(await whole.list()).toEqual(['folder-too', 'folder/a', 'other/a']);
});

it('a fallback is read where a file is missing, and never written to', async () => {
  const [own, fallback] = [new MemoryStore(), new MemoryStore()];
  await fallback.write('a', bytes('theirs'));
  const store = withFallback(own, fallback);
  expect(text(await store.read('a'))).toBe('theirs');
  expect(await store.list()).toEqual([]);
  await store.write('a', bytes('ours'));
  expect(text(await store.read('a'))).toBe('ours');
  await store.remove('a');
  expect(text(await store.read('a'))).toBe('theirs');
});

describe.each(stores)('%s', (_, createStore) => {
  it('reads what was written last, and lists names in order', async () => {
    const store = createStore();
    expect(await store.list()).toEqual([]);
    await store.write('b.json', bytes('1'));
    await store.write('a/deep/c.bin', bytes('2'));
    await store.write('b.json', bytes('three'));
    expect(text(await store.read('b.json'))).toBe('three');
    expect(await store.list()).toEqual(['a/deep/c.bin', 'b.json']);
  });

  it('keeps an empty file, which is not a missing one', async () => {
    const store = createStore();
    await store.write('empty', new Uint8Array(0));
    expect((await store.read('empty'))?.length).toBe(0);
    expect(await store.read('missing')).toBeUndefined();
    expect(await store.read('missing/too')).toBeUndefined();
  });

  it('removes, also what is not there', async () => {
    const store = createStore();
    await store.write('a', bytes('1'));
    await store.remove('a');
    await store.remove('a');
    expect(await store.read('a')).toBeUndefined();
    expect(await store.list()).toEqual([]);
  });

  it('shares no memory with its callers', async () => {
    const store = createStore();
    const mine = bytes('mine');
    await store.write('a', mine);
    mine[0] = 0;
    (await store.read('a'))?.fill(0);
    expect(text(await store.read('a'))).toBe('mine');
  });

  it.each(['', '/etc/passwd', '..', '../a', 'a/../../b', 'a//b', 'a/', './a', 'a\\..\\b', 'C:a', 'a\0b'])(
    'refuses the name %j',
    async (name) => {
      const store = createStore();
      await expect(store.write(name, bytes('x'))).rejects.toThrow(InvalidInputError);
      await expect(store.read(name)).rejects.toThrow(InvalidInputError);
      await expect(store.remove(name)).rejects.toThrow(InvalidInputError);
    },
  );
});

describe('DirectoryStore', () => {
  it('shows a reader the old content or the new, never a part', async () => {
    const store = new DirectoryStore(folder);
    const contents = ['a', 'b', 'c'].map((letter) => letter.repeat(200_000));
    await store.write('f', bytes(contents[0]));
    let writing = true;
    const writes = (async () => {
      for (let i = 0; i < 12; i++) await store.write('f', bytes(contents[i % 3]));
      writing = false;
    })();
    while (writing) expect(contents).toContain(text(await store.read('f')));
    await writes;
  });

  it('lets writes of one name at one time end with one of them', async () => {
    const store = new DirectoryStore(folder);
    const contents = Array.from({ length: 8 }, (_, i) => String(i).repeat(1000));
    await Promise.all(contents.map((content) => store.write('f', bytes(content))));
    expect(contents).toContain(text(await store.read('f')));
    expect(await readdir(folder)).toEqual(['f']);
  });

  it('does not list what a killed writer left', async () => {
    await writeFile(join(folder, '.csx-01234567-89ab-cdef-0123-456789abcdef.tmp'), 'half');
    await writeFile(join(folder, '.hidden'), '');
    expect(await new DirectoryStore(folder).list()).toEqual(['.hidden']);
  });

  it('says that a file is where the directory should be', async () => {
    await writeFile(join(folder, 'file'), 'x');
    const store = new DirectoryStore(join(folder, 'file'));
    await expect(store.write('a', bytes('x'))).rejects.toThrow(StorageError);
    await expect(store.write('a', bytes('x'))).rejects.toThrow(`${join(folder, 'file', 'a')}: cannot write: `);
    await expect(store.read('a')).rejects.toThrow('a part of the path is a file');
    await expect(store.list()).rejects.toThrow(StorageError);
  });

  it('says that a directory is where the file should be, and leaves no temporary file', async () => {
    await mkdir(join(folder, 'a', 'b'), { recursive: true });
    const store = new DirectoryStore(folder);
    await expect(store.write('a', bytes('x'))).rejects.toThrow('it is a directory');
    await expect(store.read('a')).rejects.toThrow('it is a directory');
    expect(await readdir(folder)).toEqual(['a']);
  });

  it('keeps the old content and no part of the new where the system stops a write', async () => {
    // A limit of the file size stops a write in the middle, as a full disk does, and needs no rights to set.
    const module = join(folder, 'writer.mjs');
    await build({
      stdin: {
        contents: `import { DirectoryStore } from './directory-store.ts';
          const store = new DirectoryStore(process.argv[2]);
          await store.write('f', new Uint8Array(100).fill(1));
          await store.write('f', new Uint8Array(1e6)).catch((e) => console.log(e.name + '|' + e.message + '|' + e.hint));`,
        resolveDir: fileURLToPath(new URL('.', import.meta.url)),
      },
      alias: { '@csx/wgsl-kernels': fileURLToPath(new URL('../../../wgsl-kernels/src/index.ts', import.meta.url)) },
      bundle: true,
      platform: 'node',
      format: 'esm',
      outfile: module,
      logLevel: 'silent',
    });
    const target = join(folder, 'target');
    const { stdout } = await promisify(execFile)('sh', [
      '-c',
      `trap '' XFSZ; ulimit -f 8; exec "$0" "$1" "$2"`,
      process.execPath,
      module,
      target,
    ]);
    expect(stdout).toMatch(
      /^StorageError\|.*target.f: cannot write: the file would be larger than allowed \(EFBIG\)\|Raise/,
    );
    expect(await readdir(target)).toEqual(['f']);
    expect((await readFile(join(target, 'f'))).length).toBe(100);
  });
});

describe('storageFailure', () => {
  it.each([
    ['ENOSPC', 'the disk is full'],
    ['EACCES', 'permission denied'],
    ['EROFS', 'the file system is read-only'],
  ])('explains %s and gives something to do', (code, meaning) => {
    const error = storageFailure('write', '/data/run/x', Object.assign(new Error('raw'), { code }));
    expect(error.message).toBe(`/data/run/x: cannot write: ${meaning} (${code})`);
    expect(error.hint).toMatch(/\.$/);
  });
  it('passes on what it does not know', () => {
    const cause = Object.assign(new Error('EIO: i/o error'), { code: 'EIO' });
    expect(storageFailure('read', '/x', cause)).toMatchObject({
      message: '/x: cannot read: EIO: i/o error (EIO)',
      cause,
    });
  });
});
