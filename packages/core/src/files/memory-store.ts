import type { FileStore } from './file-store.ts';
import { storeNameParts } from './store-name.ts';

/** Files in memory: for a browser, and for tests. What is read or written is copied. */
export class MemoryStore implements FileStore {
  readonly location = 'memory';
  readonly #files = new Map<string, Uint8Array>();

  async read(name: string): Promise<Uint8Array | undefined> {
    storeNameParts(name);
    const bytes = this.#files.get(name);
    return bytes && new Uint8Array(bytes);
  }

  async write(name: string, bytes: Uint8Array): Promise<void> {
    storeNameParts(name);
    this.#files.set(name, new Uint8Array(bytes));
  }

  async remove(name: string): Promise<void> {
    storeNameParts(name);
    this.#files.delete(name);
  }

  async list(): Promise<string[]> {
    return [...this.#files.keys()].sort();
  }
}
