import { type FileHandle, open } from 'node:fs/promises';
import { DataFormatError } from '@csx/wgsl-kernels';
import { isMissing, storageFailure } from './storage-failure.ts';

/** Most bytes of one call of the system: Linux reads at most 2 GiB. */
const maxReadBytes = 2 ** 30;

/** A part of an open file, read in place. */
export interface FileSlice {
  readonly file: FileHandle;
  /** What errors call it. */
  readonly name: string;
  readonly start: number;
  readonly bytes: number;
}

/**
 * Opens a whole file for reading; whoever asked closes `file`.
 *
 * @throws DataFormatError where there is no such file, StorageError where it cannot be read.
 */
export async function openSlice(path: string, name = path): Promise<FileSlice> {
  const file = await open(path).catch((cause: unknown) => {
    throw isMissing(cause) ? new DataFormatError(`${name}: there is no such file`, { cause }) : failure(name, cause);
  });
  try {
    const stat = await file.stat();
    // Reading a directory fails by itself; a pipe has no size, and would wait for ever.
    if (!stat.isFile() && !stat.isDirectory()) throw new DataFormatError(`${name}: not a file but a device or a pipe`);
    return { file, name, start: 0, bytes: stat.size };
  } catch (cause) {
    await file.close();
    throw cause instanceof DataFormatError ? cause : failure(name, cause);
  }
}

/** Bytes `at` to `at + bytes` of a slice. The caller has checked that they are there. */
export async function readSlice(slice: FileSlice, at: number, bytes: number): Promise<Uint8Array<ArrayBuffer>> {
  const into = new Uint8Array(bytes);
  await readSliceInto(slice, at, into);
  return into;
}

/**
 * Fills `into` from byte `at` of a slice on.
 *
 * @throws DataFormatError where the file ends before, StorageError where it cannot be read.
 */
export async function readSliceInto({ file, name, start }: FileSlice, at: number, into: Uint8Array): Promise<void> {
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
