import { readdir, readFile, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { FileStore } from './file-store.ts';
import { isMissing, storageFailure } from './storage-failure.ts';
import { storeNameParts } from './store-name.ts';
import { isTemporaryName, writeAtomically } from './write-atomically.ts';

/**
 * Files in a directory, which is made by the first write. Every write is atomic and on the disk when its
 * promise resolves. Failures are StorageErrors with the path and the reason.
 */
export class DirectoryStore implements FileStore {
  /** Absolute path of the directory. */
  readonly location: string;

  constructor(directory: string) {
    this.location = resolve(directory);
  }

  async read(name: string): Promise<Uint8Array | undefined> {
    const path = this.#path(name);
    try {
      return await readFile(path);
    } catch (cause) {
      if (isMissing(cause)) return undefined;
      throw storageFailure('read', path, cause);
    }
  }

  async write(name: string, bytes: Uint8Array): Promise<void> {
    await writeAtomically(this.#path(name), bytes);
  }

  async remove(name: string): Promise<void> {
    const path = this.#path(name);
    try {
      await rm(path, { force: true });
    } catch (cause) {
      throw storageFailure('remove', path, cause);
    }
  }

  async list(): Promise<string[]> {
    const names: string[] = [];
    await this.#collect([], names);
    return names.sort();
  }

  async #collect(parts: readonly string[], names: string[]): Promise<void> {
    const folder = join(this.location, ...parts);
    try {
      for (const entry of await readdir(folder, { withFileTypes: true })) {
        const inner = [...parts, entry.name];
        if (entry.isDirectory()) await this.#collect(inner, names);
        else if (entry.isFile() && !isTemporaryName(entry.name)) names.push(inner.join('/'));
      }
    } catch (cause) {
      if (!isMissing(cause)) throw storageFailure('list', folder, cause);
    }
  }

  #path(name: string): string {
    return join(this.location, ...storeNameParts(name));
  }
}
