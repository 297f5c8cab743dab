import { appendFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DataFormatError, nearestReference, StorageError } from '@csx/wgsl-kernels';
import { afterAll, describe, expect, it } from 'vitest';
import { makeMatrix } from '../../../wgsl-kernels/test/support/cases.ts';
import { createCpuLatentOps } from '../latent-ops/cpu-latent-ops.ts';
import { nearestInBlocks } from '../out-of-core/nearest-in-blocks.ts';
import { type NpyArray, writeNpy } from './npy.ts';
import { writeNpz } from './npz.ts';
import { openRowFile } from './row-file.ts';

const directory = mkdtempSync(join(tmpdir(), 'csx-row-file-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));
const fixture = (name: string) => new URL(`../../test/fixtures/${name}`, import.meta.url).pathname;

function written(name: string, bytes: Uint8Array): string {
  const path = join(directory, name);
  writeFileSync(path, bytes);
  return path;
}

const latents = makeMatrix(300, 5, 1);
const data = latents.data as Float32Array<ArrayBuffer>;
const f32: NpyArray = { dtype: 'float32', shape: [300, 5], data };
const labels: NpyArray = { dtype: 'uint32', shape: [300], data: new Uint32Array(300) };

/** All rows, `count` at a time, into a space that they do not begin at. */
async function readAll(path: string, count: number, member?: string): Promise<number[]> {
  const file = await openRowFile(path, member);
  try {
    const values: number[] = [];
    const space = new Float32Array(3 + count * file.d).subarray(3);
    for (let first = 0; first < file.n; first += count) {
      const rows = Math.min(count, file.n - first);
      await file.read(first, rows, space);
      values.push(...space.subarray(0, rows * file.d));
    }
    return values;
  } finally {
    await file.close();
  }
}

describe('a row file gives the rows of the matrix it was written from', () => {
  it.each([1, 7, 300])('%i at a time', async (count) => {
    expect(await readAll(written('a.npy', writeNpy(f32)), count)).toEqual([...data]);
    const archive = written('a.npz', writeNpz({ labels, latents: f32 }));
    expect(await readAll(archive, count, 'latents')).toEqual([...data]);
  });

  it('float64 is rounded, over several pieces too', async () => {
    const wide = Float64Array.from({ length: 3 * 70_000 }, (_, at) => at / 3);
    const path = written('wide.npy', writeNpy({ dtype: 'float64', shape: [3, 70_000], data: wide }));
    const rounded = Float32Array.from(wide);
    const file = await openRowFile(path);
    const space = new Float32Array(2 * 70_000);
    await file.read(1, 2, space);
    await file.close();
    expect(space).toEqual(rounded.subarray(70_000));
  });

  it('the only array of an archive need not be named; those of numpy are read', async () => {
    expect(await readAll(written('single.npz', writeNpz({ x: f32 })), 100)).toEqual([...data]);
    expect(await readAll(fixture('numpy-stored.npz'), 2, 'latents')).toEqual(
      Array.from({ length: 12 }, (_, i) => i / 8 - 1),
    );
    expect(await readAll(fixture('numpy-stored.npz'), 2, 'empty')).toEqual([]);
  });

  it('big-endian and column-major values, and halves', async () => {
    const latentFixture = (name: string) => fixture(`latents/${name}`);
    const expected = Array.from({ length: 60 }, (_, at) => (((Math.floor(at / 5) * 7 + (at % 5) * 3) % 32) - 16) / 8);
    for (const name of ['numpy-big-endian.npy', 'numpy-fortran.npy', 'numpy-big-endian-fortran.npy'])
      expect(await readAll(latentFixture(name), 5), name).toEqual(expected);
    for (const name of ['numpy-f2.npz', 'numpy-bf16.npz'])
      expect(await readAll(latentFixture(name), 5, 'latents'), name).toEqual(expected);
  });

  it('and leads to the same neighbors', async () => {
    const query = await openRowFile(written('query.npy', writeNpy(f32)));
    const base = await openRowFile(written('base.npz', writeNpz({ labels, latents: f32 })), 'latents');
    const found = await nearestInBlocks(createCpuLatentOps(), query, base, { k: 2, memoryBytes: 40_000 });
    await query.close();
    await base.close();
    expect(found.indices).toEqual(nearestReference(latents, latents, 2, 'squared-l2').indices);
  });
});

describe('what cannot be read', () => {
  const whole = writeNpy(f32);
  const withHeader = (from: string, to: string) => {
    const bytes = whole.slice();
    const at = new TextDecoder('latin1').decode(bytes).indexOf(from);
    bytes.set(new TextEncoder().encode(to.padEnd(from.length)), at);
    return bytes;
  };

  it.each<[string, Uint8Array, string]>([
    ['cut.npy', whole.subarray(0, -1), "5999 bytes of values, shape (300, 5) of '<f4' needs 6000"],
    ['head.npy', whole.subarray(0, 40), 'a header of 118 bytes in a file of 40'],
    ['none.npy', new Uint8Array(0), 'not an npy file'],
    ['text.npy', new TextEncoder().encode('label,x,y\n1,2,3\n'), 'not an npy file'],
    ['half.npy', withHeader("'<f4'", "'<f2'"), "6000 bytes of values, shape (300, 5) of '<f2' needs 3000"],
    ['objects.npy', withHeader("'<f4'", "'|O'"), 'holds Python objects'],
    [
      'whole.npy',
      writeNpy({ ...f32, dtype: 'uint8', data: new Uint8Array(1500) }),
      "an array of '|u1', shape (300, 5)",
    ],
    ['flat.npy', writeNpy({ ...f32, shape: [1500] }), "an array of '<f4', shape (1500)"],
    ['thin.npy', writeNpy({ dtype: 'float32', shape: [3, 0], data: new Float32Array(0) }), 'shape (3, 0)'],
    ['packed.npz', writeNpz({ latents: f32 }, { compress: true }), 'latents.npy is compressed'],
    ['two.npz', writeNpz({ labels, latents: f32 }), 'holds labels, latents, and none was chosen'],
    ['no.npz', writeNpz({}), 'holds no array'],
    ['cut.npz', writeNpz({ latents: f32 }).subarray(0, 6000), 'not a whole zip file'],
  ])('%s', async (name, bytes, message) => {
    const path = written(name, bytes);
    await expect(openRowFile(path)).rejects.toThrow(DataFormatError);
    await expect(openRowFile(path)).rejects.toThrow(message);
    await expect(openRowFile(path)).rejects.toThrow(path);
  });

  it('arrays that are not there, and archives that are none', async () => {
    const archive = written('some.npz', writeNpz({ labels, latents: f32 }));
    await expect(openRowFile(archive, 'latent')).rejects.toThrow('holds labels, latents, but no latent');
    await expect(openRowFile(written('plain.npy', whole), 'latents')).rejects.toThrow('it is no .npz file');
    await expect(openRowFile(join(directory, 'nowhere.npy'))).rejects.toThrow('there is no such file');
    mkdirSync(join(directory, 'folder.npy'));
    await expect(openRowFile(join(directory, 'folder.npy'))).rejects.toThrow(StorageError);
  });

  it('a damaged directory, and one of zip64', async () => {
    const bytes = writeNpz({ latents: f32 });
    const endAt = bytes.length - 22;
    const change = (at: number, ...values: number[]) => {
      const changed = bytes.slice();
      changed.set(values, at);
      return written('changed.npz', changed);
    };
    await expect(openRowFile(change(endAt + 16, 255, 255, 255, 255))).rejects.toThrow('zip64');
    await expect(openRowFile(change(0, 1))).rejects.toThrow('its header is damaged');
    const directoryAt = new DataView(bytes.buffer).getUint32(endAt + 16, true);
    await expect(openRowFile(change(directoryAt + 24, 255, 255, 255, 255))).rejects.toThrow('zip64');
    await expect(openRowFile(change(directoryAt + 24, 0, 0, 1, 0))).rejects.toThrow('but said to have 65536');
    await expect(openRowFile(change(directoryAt + 20, 0, 0, 1, 0, 0, 0, 1, 0))).rejects.toThrow(
      'lies past the end of the file',
    );
    // Behind other bytes the directory is not where its end says.
    const path = written('longer.npz', new Uint8Array(0));
    appendFileSync(path, bytes.subarray(0, directoryAt));
    appendFileSync(path, new Uint8Array(1000));
    appendFileSync(path, bytes.subarray(directoryAt));
    await expect(openRowFile(path)).rejects.toThrow('directory is damaged');
  });

  it('a file that is cut off while it is read', async () => {
    const path = written('shrinks.npy', whole);
    const file = await openRowFile(path);
    const space = new Float32Array(100 * 5);
    await file.read(0, 100, space);
    truncateSync(path, readFileSync(path).length - 1000);
    await file.read(100, 100, space);
    await expect(file.read(200, 100, space)).rejects.toThrow('ends after');
    await file.close();
  });
});
