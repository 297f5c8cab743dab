import { type FileHandle, open } from 'node:fs/promises';
import { DataFormatError } from '@csx/wgsl-kernels';
import type { RowSource } from '../out-of-core/row-source.ts';
import { npyHeaderBytes, readNpyHeader } from './npy.ts';
import { isMissing, storageFailure } from './storage-failure.ts';
import { readZipDirectory, type ZipEntry, zipDirectoryBytes, zipHeaderBytes } from './zip.ts';

/** Rows of an array on the disk, read as they are asked for. */
export interface RowFile extends RowSource {
  close(): Promise<void>;
}

/** Most bytes of one call of the system: Linux reads at most 2 GiB. */
const maxReadBytes = 2 ** 30;
/** float64 values that are converted at a time. */
const convertedValues = 2 ** 17;

/** A part of an open file. */
interface FilePart {
  readonly file: FileHandle;
  readonly name: string;
  readonly start: number;
  readonly bytes: number;
}

/**
 * Opens a matrix in numpy's format to read it row by row: an `.npy` file, or an array of an uncompressed `.npz`, which is
 * read in place (its CRC-32 is not checked, since that takes reading all of it). float64 values are rounded to f32.
 *
 * @param path of the file; it ends in `.npz` for an archive.
 * @param member the array of an archive, without `.npy`; may be left out where there is only one.
 * @throws DataFormatError where there is no such file or array, for a compressed one, for anything but two dimensions of
 * float32 or float64, and for what `readNpy` refuses: wrong sizes, column-major or big-endian values.
 * @throws StorageError where it cannot be read.
 */
export async function openRowFile(path: string, member?: string): Promise<RowFile> {
  const file = await open(path).catch((cause: unknown) => {
    throw isMissing(cause) ? new DataFormatError(`${path}: there is no such file`, { cause }) : failure(path, cause);
  });
  try {
    const { size } = await file.stat().catch((cause: unknown) => Promise.reject(failure(path, cause)));
    const whole = { file, name: path, start: 0, bytes: size };
    if (member !== undefined && !path.endsWith('.npz'))
      throw new DataFormatError(`${path}: asked for its array ${member}, but it is no .npz file`);
    return await openArray(path.endsWith('.npz') ? await findMember(whole, member) : whole);
  } catch (error) {
    await file.close();
    throw error;
  }
}

async function openArray(part: FilePart): Promise<RowFile> {
  const { file, name } = part;
  const header = await readPart(part, 0, Math.min(part.bytes, npyHeaderBytes));
  const { dtype, shape, valuesAt } = readNpyHeader(header, part.bytes, name);
  if (shape.length !== 2 || shape[1] === 0 || (dtype !== 'float32' && dtype !== 'float64'))
    throw new DataFormatError(
      `${name}: an array of ${dtype}, shape (${shape.join(', ')}), expected rows and columns of float32 or float64`,
      { hint: "Save a matrix, such as with array.astype('<f4').reshape(rows, columns) in numpy." },
    );
  const [n, d] = shape;
  const values = { ...part, start: part.start + valuesAt, bytes: part.bytes - valuesAt };
  return {
    name,
    n,
    d,
    async read(first, count, into) {
      if (dtype === 'float32') {
        await readInto(values, first * d * 4, new Uint8Array(into.buffer, into.byteOffset, count * d * 4));
        return;
      }
      const wide = new Float64Array(Math.min(convertedValues, count * d));
      for (let done = 0; done < count * d; done += wide.length) {
        const chunk = wide.subarray(0, Math.min(wide.length, count * d - done));
        await readInto(values, (first * d + done) * 8, new Uint8Array(chunk.buffer, 0, chunk.byteLength));
        into.set(chunk, done);
      }
    },
    close: () => file.close(),
  };
}

/** Where an array of an `.npz` lies in the file. */
async function findMember(archive: FilePart, member: string | undefined): Promise<FilePart> {
  const tailBytes = Math.min(archive.bytes, zipDirectoryBytes);
  const tail = await readPart(archive, archive.bytes - tailBytes, tailBytes);
  const entries = readZipDirectory(tail, archive.bytes - tailBytes, archive.name);
  const { name, method, headerAt, bytes } = chooseEntry(entries, archive.name, member);
  const where = `${archive.name}: ${name}`;
  if (method !== 0)
    throw new DataFormatError(`${where} is compressed, so its rows cannot be read in place`, {
      hint: 'Save it with numpy.savez instead of savez_compressed, or as an .npy file.',
    });
  const header = await readPart(archive, headerAt, Math.min(30, Math.max(0, archive.bytes - headerAt)));
  const start = headerAt + zipHeaderBytes(header, where);
  if (start + bytes > archive.bytes)
    throw new DataFormatError(`${where}: lies past the end of the file`, {
      hint: 'The file was cut off; write it again.',
    });
  return { file: archive.file, name: where, start, bytes };
}

function chooseEntry(entries: readonly ZipEntry[], archive: string, member: string | undefined): ZipEntry {
  if (member === undefined && entries.length === 1) return entries[0];
  const entry = entries.find(({ name }) => name === `${member}.npy`);
  if (entry !== undefined) return entry;
  const names = entries.map(({ name }) => name.replace(/\.npy$/, '')).join(', ');
  throw new DataFormatError(
    `${archive}: holds ${names || 'no array'}, ${member === undefined ? 'and none was chosen' : `but no ${member}`}`,
    { hint: 'Name one of its arrays.' },
  );
}

async function readPart(part: FilePart, at: number, bytes: number): Promise<Uint8Array> {
  const into = new Uint8Array(bytes);
  await readInto(part, at, into);
  return into;
}

/** Fills `into` from byte `at` of the part on. */
async function readInto({ file, name, start }: FilePart, at: number, into: Uint8Array): Promise<void> {
  for (let done = 0; done < into.length; ) {
    const { bytesRead } = await file
      .read(into, done, Math.min(maxReadBytes, into.length - done), start + at + done)
      .catch((cause: unknown) => Promise.reject(failure(name, cause)));
    if (bytesRead === 0)
      throw new DataFormatError(`${name}: ends after ${at + done} bytes, expected ${at + into.length}`, {
        hint: 'The file was cut off while it was read; write it again.',
      });
    done += bytesRead;
  }
}

const failure = (name: string, cause: unknown) => storageFailure('read', name, cause);
