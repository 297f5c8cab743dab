import { randomUUID } from 'node:crypto';
import { type FileHandle, open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { FileSlice } from './file-slice.ts';
import { guardWrite, writeAt } from './part-file.ts';

/** A file that lives as long as it is open. */
export interface ScratchFile {
  readonly slice: (name: string, start: number, bytes: number) => FileSlice;
  write(bytes: Uint8Array, at: number): Promise<void>;
  close(): Promise<void>;
}

/**
 * A temporary file in a directory. Where the system allows it, its name is taken away at once, so that nothing is left
 * behind even by a process that is killed.
 *
 * @throws StorageError where it cannot be made or written, such as on a full disk.
 */
export async function createScratchFile(directory: string): Promise<ScratchFile> {
  const path = join(directory, `.csx-${randomUUID()}.tmp`);
  const file: FileHandle = await guardWrite(directory, () => open(path, 'wx+'));
  const keepsName = process.platform === 'win32';
  if (!keepsName) await guardWrite(path, () => rm(path));
  return {
    slice: (name, start, bytes) => ({ file, name, start, bytes }),
    write: (bytes, at) => guardWrite(path, () => writeAt(file, bytes, at)),
    async close() {
      await file.close();
      if (keepsName) await rm(path, { force: true });
    },
  };
}
