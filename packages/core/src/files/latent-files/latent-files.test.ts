import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DataFormatError, StorageError } from '@csx/wgsl-kernels';
import { afterAll, describe, expect, it } from 'vitest';
import { type StoredType, storedBytes } from '../stored-values.ts';
import { type LatentFile, type LatentFormat, latentFormats } from './latent-file.ts';
import { openLatents } from './open-latents.ts';
import { latentOutputPaths, writeLatents } from './write-latents.ts';

// The fixtures were written by numpy, pyarrow, safetensors and ml_dtypes with test/fixtures/latents/make.py. What
// `writeLatents` makes of each was read back equal by the same programs with `CSX_KEEP_LATENTS=DIR npx vitest run
// packages/core/src/files/latent-files` and `python make.py check DIR`.

const fixtures = fileURLToPath(new URL('../../../test/fixtures/latents/', import.meta.url));
const directory = mkdtempSync(join(tmpdir(), 'csx-latents-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));
const keep = process.env.CSX_KEEP_LATENTS;

const [n, d] = [12, 5];
const expected = Array.from({ length: n * d }, (_, at) => (((Math.floor(at / d) * 7 + (at % d) * 3) % 32) - 16) / 8);
const integers = { classNames: ['-1', '3', '20'], indices: Array.from({ length: n }, (_, row) => [1, 0, 2][row % 3]) };
const names = { classNames: ['cat', 'dog, big', 'été'], indices: Array.from({ length: n }, (_, row) => row % 3) };

const open = (path: string, options: { latents?: string; labels?: string } = {}) =>
  openLatents(path, { scratchDirectory: directory, ...options });

/** Everything, read in blocks of some rows. */
async function valuesOf(file: LatentFile, blockRows = 5): Promise<number[]> {
  const values: number[] = [];
  for (let first = 0; first < file.n; first += blockRows) {
    const count = Math.min(blockRows, file.n - first);
    const into = new Float32Array(count * file.d);
    await file.read(first, count, into);
    values.push(...into);
  }
  return values;
}

interface Read {
  readonly values: number[];
  readonly classNames: readonly string[];
  readonly indices: number[];
  readonly type: StoredType;
  readonly labelType: string;
}

async function readAll(path: string, options?: { latents?: string; labels?: string }): Promise<Read> {
  const file = await open(path, options);
  try {
    const { classNames, indices, type } = file.labels;
    return { values: await valuesOf(file), classNames, indices: [...indices], type: file.type, labelType: type };
  } finally {
    await file.close();
  }
}

const readable: readonly [string, StoredType, typeof integers, string][] = [
  ['numpy-f2.npz', 'float16', integers, 'int64'],
  ['numpy-f4.npz', 'float32', integers, 'int64'],
  ['numpy-f8.npz', 'float64', integers, 'int64'],
  ['numpy-bf16.npz', 'bfloat16', integers, 'int64'],
  ['numpy-compressed.npz', 'float32', names, 'string'],
  ['numpy-zip64.npz', 'float32', integers, 'int64'],
  ['numpy-fortran.npy', 'float64', names, 'string'],
  ['numpy-big-endian.npy', 'float32', names, 'string'],
  ['numpy-big-endian-fortran.npy', 'float16', integers, 'int16'],
  ['safetensors-f2.safetensors', 'float16', integers, 'int64'],
  ['safetensors-f4.safetensors', 'float32', integers, 'int64'],
  ['safetensors-f8.safetensors', 'float64', integers, 'int64'],
  ['safetensors-bf16.safetensors', 'bfloat16', integers, 'int64'],
  ['pyarrow-list-f2.parquet', 'float16', names, 'string'],
  ['pyarrow-list-f4.parquet', 'float32', names, 'string'],
  ['pyarrow-list-f8.parquet', 'float64', names, 'string'],
  ['pyarrow-gzip.parquet', 'float64', names, 'string'],
  ['pyarrow-wide.parquet', 'float32', integers, 'int8'],
  ['python.csv', 'float64', names, 'string'],
];

describe('files that numpy, pyarrow, safetensors and csv wrote', () => {
  it.each(readable)('%s', async (name, type, labels, labelType) => {
    expect(await readAll(join(fixtures, name))).toEqual({ values: expected, ...labels, type, labelType });
  });

  it('what else a file holds is told', async () => {
    const file = await open(join(fixtures, 'numpy-compressed.npz'));
    expect([file.names, file.others]).toEqual([{ latents: 'features', labels: 'y' }, ['ids']]);
    await file.close();
  });
});

/** The rows of a file, and behind them two: row 0 again, and halfway between rows 1 and 4. */
async function extend(file: LatentFile, path: string): Promise<void> {
  const { labels, type } = file;
  const all = new Float32Array(n * d);
  await file.read(0, n, all);
  const indices = Uint32Array.from([...labels.indices, labels.indices[0], labels.indices[1]]);
  const format = path.slice(path.lastIndexOf('.') + 1) as LatentFormat;
  const isTable = format === 'csv' || format === 'parquet';
  async function* given() {
    for (const first of [0, 7]) {
      const count = first === 0 ? 7 : n - 7;
      const bytes = new Uint8Array(count * d * storedBytes[type]);
      await file.readStored(first, count, bytes);
      yield bytes;
    }
  }
  async function* behind() {
    yield all.slice(0, d);
    yield all.slice(d, 2 * d).map((value, j) => (value + all[4 * d + j]) / 2);
  }
  await writeLatents(path, {
    n,
    newCount: 2,
    d,
    type,
    names: file.names.columns && isTable ? file.names : { latents: 'latents', labels: 'labels' },
    labels: { ...labels, indices },
    provenance: {
      parents: Uint32Array.of(0, 0, 1, 4),
      weights: Float64Array.of(1, 0, 0.5, 0.5),
      methods: ['repeat', 'blend'],
    },
    settings: { seed: 7 },
    rows: { given: given(), behind: behind() },
    ...(format === 'csv' && { text: file.text }),
  });
}
const extended = [
  ...expected,
  ...expected.slice(0, d),
  ...expected.slice(d, 2 * d).map((v, j) => (v + expected[4 * d + j]) / 2),
];

describe('what is written is what was read, in every format', () => {
  const short: Record<StoredType, string> = { float16: 'f2', float32: 'f4', float64: 'f8', bfloat16: 'bf16' };
  it.each(readable)('%s', async (name, type, labels, labelType) => {
    const target = keep ?? directory;
    for (const format of latentFormats) {
      const file = await open(join(fixtures, name));
      const stem = `${name.replace('.', '-').replace(/-(f2|f4|f8|bf16)-/, '-')}-${labels === names ? 'names' : 'integers'}`;
      const path = join(target, `${stem}-${short[type]}.${format}`);
      await extend(file, path);
      await file.close();
      const again = await readAll(path);
      expect(again.values, path).toEqual(extended);
      expect(again.classNames).toEqual(labels.classNames);
      expect(again.indices).toEqual([...labels.indices, labels.indices[0], labels.indices[1]]);
      const stored = format === 'csv' ? 'float64' : format === 'parquet' && type === 'bfloat16' ? 'float32' : type;
      const integerLabels = format === 'csv' ? 'int64' : labelType;
      expect([again.type, again.labelType]).toEqual([stored, labelType === 'string' ? 'string' : integerLabels]);
    }
  });

  it('a csv file keeps its cells as they are written', async () => {
    const source = join(directory, 'cells.csv');
    writeFileSync(source, `\uFEFFf0,f1,f2,f3,f4,label\r\n${'1.50,2,"3",4e0,5,"a ""b"""\r\n'.repeat(n)}`);
    const file = await open(source);
    const path = join(directory, 'cells-copy.csv');
    await extend(file, path);
    await file.close();
    const lines = readFileSync(path, 'utf8').split('\n');
    expect(lines[1]).toBe('1.50,2,"3",4e0,5,"a ""b""",,,,,');
    expect(lines[n + 2]).toBe('1.5,2,3,4,5,"a ""b""",blend,1,4,0.5,0.5');
  });

  it('old files are replaced when the new one is whole, and stay as they are otherwise', async () => {
    const folder = join(directory, 'kept');
    mkdirSync(folder);
    const path = join(folder, 'x.npy');
    for (const own of latentOutputPaths(path)) writeFileSync(own, 'old');
    const file = await open(join(fixtures, 'numpy-f4.npz'));
    const broken = { ...file, readStored: async () => Promise.reject(new Error('broken')) };
    await expect(extend(broken, path)).rejects.toThrow('broken');
    expect(readdirSync(folder).map((name) => readFileSync(join(folder, name), 'utf8'))).toEqual(['old', 'old', 'old']);
    await extend(file, path);
    await file.close();
    expect(readdirSync(folder).sort()).toEqual(['x-labels.npy', 'x-provenance.npz', 'x.npy']);
    expect((await readAll(path)).values).toEqual(extended);
  });

  it('a directory that is not there is named', async () => {
    const file = await open(join(fixtures, 'numpy-f4.npz'));
    await expect(extend(file, join(directory, 'no', 'x.npz'))).rejects.toThrow(StorageError);
    await file.close();
  });
});

describe('what is refused, beside a file that is not', () => {
  const bytesOf = (name: string) => new Uint8Array(readFileSync(join(fixtures, name)));
  const written = (name: string, bytes: Uint8Array | string) => {
    const path = join(directory, name);
    writeFileSync(path, bytes);
    return path;
  };
  const withText = (bytes: Uint8Array, from: string, to: string) => {
    const at = Buffer.from(bytes).indexOf(from, 0, 'latin1');
    expect(at).toBeGreaterThanOrEqual(0);
    const changed = bytes.slice();
    changed.set(Buffer.from(to.padEnd(from.length), 'latin1'), at);
    return changed;
  };
  const changedAt = (bytes: Uint8Array, at: number, ...values: number[]) => {
    const changed = bytes.slice();
    changed.set(values, at < 0 ? bytes.length + at : at);
    return changed;
  };
  const npz = bytesOf('numpy-f4.npz');
  const packed = bytesOf('numpy-compressed.npz');
  const tensors = bytesOf('safetensors-f4.safetensors');
  const parquet = bytesOf('pyarrow-list-f4.parquet');
  const csv = readFileSync(join(fixtures, 'python.csv'), 'utf8');
  const line = csv.split('\r\n')[1];
  copyFileSync(join(fixtures, 'numpy-big-endian-labels.npy'), join(directory, 'object-labels.npy'));

  it.each<[string, Uint8Array | string, string]>([
    ['whole.npz', npz, ''],
    ['cut.npz', npz.subarray(0, -30), 'not a whole zip file'],
    ['flipped.npz', changedAt(npz, 200, npz[200] ^ 1), 'CRC-32'],
    ['packed-cut.npz', changedAt(packed, 200, 255, 255, 255, 255, 255, 255, 255, 255), 'packed-cut.npz'],
    [
      'path.npz',
      Buffer.from(Buffer.from(npz).toString('latin1').replaceAll('labels.npy', '../bel.npy'), 'latin1'),
      'without slashes',
    ],
    ['object.npz', bytesOf('numpy-object.npz'), 'Python objects'],
    ['pickle.npz', Uint8Array.of(0x80, 4, 0x95, 0), 'a Python pickle'],
    ['object.npy', bytesOf('numpy-object.npy'), 'Python objects'],
    ['lonely.npy', bytesOf('numpy-big-endian.npy'), 'lonely-labels.npy: there is no such file'],
    ['whole.safetensors', tensors, ''],
    ['cut.safetensors', tensors.subarray(0, -1), 'of 335'],
    ['long.safetensors', Buffer.concat([tensors, Buffer.alloc(8)]), '8 bytes behind its last tensor'],
    [
      'header.safetensors',
      changedAt(tensors, 0, 255, 255, 255, 255, 255, 0, 0, 0),
      'a safetensors header of 1099511627775 bytes',
    ],
    ['json.safetensors', changedAt(tensors, 8, 0x5b), 'is no JSON'],
    ['overlap.safetensors', withText(tensors, '[96,336]', '[90,330]'), 'overlaps'],
    ['shape.safetensors', withText(tensors, '[12,5]', '[12,6]'), 'needs 288'],
    ['path.safetensors', withText(tensors, '"labels"', '"../abc"'), 'without slashes'],
    ['whole.parquet', parquet, ''],
    ['cut.parquet', parquet.subarray(0, -10), 'not a whole parquet file'],
    ['footer.parquet', changedAt(parquet, -8, 255, 255, 255, 0), 'a parquet footer of 16777215 bytes'],
    ['lists.parquet', changedAt(parquet, -600, ...new Array(400).fill(0xfc)), 'lists.parquet'],
    ['page.parquet', changedAt(parquet, 4, ...new Array(30).fill(0xff)), 'page.parquet'],
    ['missing.parquet', bytesOf('pyarrow-missing.parquet'), 'column f1 has a missing value'],
    ['ragged.parquet', bytesOf('pyarrow-ragged.parquet'), '3 values in row 1, expected 2'],
    ['whole.csv', csv, ''],
    ['short.csv', `${csv}1,2,3,4,cat\r\n`, 'row 12 (line 14) has 5 cells, the header has 6'],
    ['long.csv', csv.replace(line, `${line},7`), 'row 0 (line 2) has 7 cells, the header has 6'],
    ['empty-cells.csv', csv.replace(line, ',,1,2,3,cat'), '2 cells are empty: row 0 column f0, row 0 column f1'],
    ['text.csv', csv.replace(line, '1,2,three,4,5,cat'), 'row 0 (line 2) holds "three" in column f2'],
    ['headless.csv', csv.slice(csv.indexOf('\n') + 1), 'its first line holds numbers'],
    ['twice.csv', csv.replace('f1', 'f0'), 'column "f0" is there twice'],
    ['quote.csv', `${csv}"1,2,3,4,5,cat\r\n`, 'a quote in the record from line 14 does not end'],
    ['nothing.csv', '', 'empty, expected a header'],
    ['model.pt', npz, 'Pickles are not read'],
  ])('%s', async (name, bytes, message) => {
    const path = written(name, bytes);
    const before = readdirSync(directory).length;
    if (message === '') expect((await readAll(path)).values).toEqual(expected);
    else {
      const error = await open(path).then(
        () => undefined,
        (cause: unknown) => cause,
      );
      expect(error).toBeInstanceOf(DataFormatError);
      const { message: own, hint = '' } = error as DataFormatError;
      expect(`${own} ${hint}`).toContain(message);
      expect((error as Error).message).toContain(path.slice(0, path.lastIndexOf('.')));
    }
    // No scratch file is left.
    expect(readdirSync(directory).length).toBe(before);
  });

  it('a parquet file damaged anywhere is read or refused by name, and never crashes', async () => {
    for (let at = 4; at < parquet.length; at += 3) {
      const path = written('damaged.parquet', changedAt(parquet, at, parquet[at] ^ 0xff));
      const error = await open(path).then(
        (file) => file.close(),
        (cause: unknown) => cause,
      );
      if (error !== undefined) expect(error, `byte ${at}: ${(error as Error).stack}`).toBeInstanceOf(DataFormatError);
    }
  });

  it('arrays that are not clear, by their names', async () => {
    const path = join(fixtures, 'numpy-compressed.npz');
    await expect(open(path, { latents: 'y' })).rejects.toThrow("y is '<U8', shape (12), expected rows and columns");
    await expect(open(path, { labels: 'nothing' })).rejects.toThrow('but no nothing');
    expect((await readAll(path, { latents: 'features', labels: 'y' })).values).toEqual(expected);
    const wide = join(fixtures, 'pyarrow-wide.parquet');
    await expect(open(wide, { latents: 'i' })).rejects.toThrow('column id is INT64, expected floating-point');
    await expect(open(wide, { latents: 'f', labels: 'f0' })).rejects.toThrow(
      'f0 is FLOAT, expected one integer or text',
    );
    expect((await readAll(wide, { latents: 'f' })).values).toEqual(expected);
  });

  it('labels of another number of rows', async () => {
    const path = written('rows.npy', bytesOf('numpy-big-endian.npy'));
    const labels = written(
      'few-labels.npy',
      withText(bytesOf('numpy-big-endian-labels.npy').subarray(0, -36), '(12,)', '(11,)'),
    );
    await expect(open(path, { labels })).rejects.toThrow('12 rows of latents, but 11 labels');
    expect((await readAll(path, { labels: join(fixtures, 'numpy-big-endian-labels.npy') })).values).toEqual(expected);
  });
});
