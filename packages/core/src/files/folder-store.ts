import type { FileStore } from './file-store.ts';

/** One folder of a store as a store of its own. */
export function folderStore(store: FileStore, folder: string): FileStore {
  const prefix = `${folder}/`;
  return {
    location: `${store.location}/${folder}`,
    read: (name) => store.read(prefix + name),
    write: (name, bytes) => store.write(prefix + name, bytes),
    remove: (name) => store.remove(prefix + name),
    async list() {
      const names = await store.list();
      return names.filter((name) => name.startsWith(prefix)).map((name) => name.slice(prefix.length));
    },
  };
}

/** A store whose missing files are read from another, which is never written to. */
export function withFallback(store: FileStore, fallback: FileStore): FileStore {
  return {
    location: store.location,
    read: async (name) => (await store.read(name)) ?? (await fallback.read(name)),
    write: (name, bytes) => store.write(name, bytes),
    remove: (name) => store.remove(name),
    list: () => store.list(),
  };
}
