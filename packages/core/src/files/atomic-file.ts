import { randomUUID } from 'node:crypto';
import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { guardWrite, writeAt } from './part-file.ts';
import { syncFolder } from './write-atomically.ts';

/** Files that are written beside their places, and put there together when all are whole. */
export interface AtomicFiles {
  /** Writes bytes of the file with this number, anywhere. */
  write(file: number, bytes: Uint8Array, at: number): Promise<void>;
  /** Has the disk store them, and gives them their names: what had these names is replaced only now. */
  commit(): Promise<void>;
  /** Takes away what is there; the old files stay. Nothing happens after `commit`. */
  discard(): Promise<void>;
}

/**
 * @throws StorageError with the path and the reason, such as a full disk; the old files are still there then.
 */
export async function createAtomicFiles(paths: readonly string[]): Promise<AtomicFiles> {
  const parts: { path: string; temporary: string; file: FileHandle }[] = [];
  let isOpen = true;
  const discard = async () => {
    if (!isOpen) return;
    isOpen = false;
    for (const { file, temporary } of parts) {
      await file.close().catch(() => undefined);
      await rm(temporary, { force: true }).catch(() => undefined);
    }
  };
  try {
    for (const path of paths) {
      const temporary = join(dirname(path), `.csx-${randomUUID()}.tmp`);
      parts.push({ path, temporary, file: await guardWrite(path, () => open(temporary, 'wx')) });
    }
  } catch (error) {
    await discard();
    throw error;
  }
  return {
    write: (index, bytes, at) => guardWrite(parts[index].path, () => writeAt(parts[index].file, bytes, at)),
    async commit() {
      for (const { path, file } of parts) {
        await guardWrite(path, async () => {
          await file.sync();
          await file.close();
        });
      }
      for (const { path, temporary } of parts) await guardWrite(path, () => rename(temporary, path));
      isOpen = false;
      for (const folder of new Set(paths.map(dirname))) await guardWrite(folder, () => syncFolder(folder));
    },
    discard,
  };
}
