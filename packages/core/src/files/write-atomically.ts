import { randomUUID } from 'node:crypto';
import { mkdir, open, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { errorCode, storageFailure } from './storage-failure.ts';

const temporaryName = /^\.csx-[0-9a-f-]{36}\.tmp$/;

/** Whether a file name is one of our temporary files, which a process that was killed may leave behind. */
export function isTemporaryName(fileName: string): boolean {
  return temporaryName.test(fileName);
}

/**
 * Replaces a file in one step: writes a temporary file beside it, has the disk store it, and renames it.
 * Folders on the way are made. After a failure the old content is still there, and the temporary file is not.
 *
 * @throws StorageError with the path and the reason, such as a full disk.
 */
export async function writeAtomically(path: string, bytes: Uint8Array): Promise<void> {
  const folder = dirname(path);
  const temporary = join(folder, `.csx-${randomUUID()}.tmp`);
  try {
    await makeFolder(folder);
    const file = await open(temporary, 'wx');
    try {
      await file.writeFile(bytes);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
    await syncFolder(folder);
  } catch (cause) {
    // Removing may fail for the same reason as writing; that reason is the one to report.
    await rm(temporary, { force: true }).catch(() => undefined);
    throw storageFailure('write', path, cause);
  }
}

/**
 * Makes a folder and those on its way. Node's own `recursive` never ends where making one says ENOENT although its
 * parent is there, as /proc does.
 */
export async function makeFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder);
  } catch (error) {
    const code = errorCode(error);
    if (code === 'EEXIST' && (await stat(folder)).isDirectory()) return;
    const parent = dirname(folder);
    if (code !== 'ENOENT' || parent === folder) throw error;
    await makeFolder(parent);
    await mkdir(folder).catch((again: unknown) => {
      // Another process may have been faster.
      if (errorCode(again) !== 'EEXIST') throw again;
    });
  }
}

/** Makes the rename itself survive a power cut; Windows cannot open a folder for that. */
export async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return;
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
