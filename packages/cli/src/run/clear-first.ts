import type { FileStore } from '@csx/core';
import { identityFile } from '@csx/core/config';
import type { DirectoryStore } from '@csx/core/files';

async function clear(store: FileStore): Promise<void> {
  const names = await store.list();
  // The mark goes last: what an interruption leaves is still known as a run.
  for (const name of names.filter((other) => other !== identityFile)) await store.remove(name);
  await store.remove(identityFile);
}

/**
 * The store, emptied before its first use. A run that is refused for its options never touches its files,
 * and so leaves the earlier run as it was.
 */
export function clearFirst(store: DirectoryStore): FileStore {
  let cleared: Promise<void> | undefined;
  const ready = (): Promise<void> => {
    cleared ??= clear(store);
    return cleared;
  };
  return {
    location: store.location,
    read: (name) => ready().then(() => store.read(name)),
    write: (name, bytes) => ready().then(() => store.write(name, bytes)),
    remove: (name) => ready().then(() => store.remove(name)),
    list: () => ready().then(() => store.list()),
  };
}
