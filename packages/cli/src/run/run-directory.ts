import { readdir, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { identityFile, type RunConfig, recordFile, runConfigSchema } from '@csx/core/config';
import type { DirectoryStore } from '@csx/core/files';
import { DataFormatError, InvalidOptionError, StorageError } from '@csx/wgsl-kernels';
import { configPaths, valueAt } from '../settings/config-flags.ts';
import type { RunSettings } from '../settings/run-settings.ts';

export type DirectoryState =
  | { readonly kind: 'empty' }
  | { readonly kind: 'run'; readonly config: RunConfig; readonly complete: boolean }
  | { readonly kind: 'foreign' };

/** What a directory holds; one that does not exist is empty. */
export async function inspectRunDirectory(store: DirectoryStore): Promise<DirectoryState> {
  const bytes = await store.read(identityFile);
  if (bytes === undefined) return { kind: (await isEmpty(store.location)) ? 'empty' : 'foreign' };
  const complete = (await store.read(recordFile)) !== undefined;
  return { kind: 'run', config: parseConfig(bytes, store.location), complete };
}

/** Temporary files of the store stay behind when a process is killed in a write. */
const temporary = /^\.csx-.*\.tmp$/;

/**
 * Whether a directory holds nothing, or only what a process left that was killed in its very first write.
 * Not the store's list, which would walk through all of a home directory.
 */
async function isEmpty(directory: string): Promise<boolean> {
  const begun = dirname(identityFile);
  const names = (await namesIn(directory)).filter((name) => !temporary.test(name));
  if (names.some((name) => name !== begun)) return false;
  return names.length === 0 || (await namesIn(join(directory, begun))).every((name) => temporary.test(name));
}

/** Removes what processes left that were killed in a write. */
export async function removeLeftovers(store: DirectoryStore): Promise<void> {
  for (const name of await readdir(store.location, { recursive: true })) {
    if (temporary.test(basename(name))) await rm(join(store.location, name), { force: true });
  }
}

async function namesIn(directory: string): Promise<string[]> {
  try {
    return await readdir(directory);
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code === 'ENOENT') return [];
    if (code === 'ENOTDIR')
      throw new StorageError(`${directory}: not a directory`, { hint: 'Name another one with --out.', cause });
    throw new StorageError(`${directory}: cannot be listed (${code})`, { cause });
  }
}

function parseConfig(bytes: Uint8Array, location: string): RunConfig {
  let content: unknown;
  try {
    content = JSON.parse(new TextDecoder().decode(bytes));
  } catch (cause) {
    throw new DataFormatError(`${location}/${identityFile}: not JSON (${(cause as Error).message})`, { cause });
  }
  const parsed = runConfigSchema.safeParse((content as { config?: unknown } | null)?.config);
  if (parsed.success) return parsed.data;
  const [{ path, message }] = parsed.error.issues;
  throw new DataFormatError(`${location}/${identityFile}: ${path.join('.') || 'the whole'}: ${message}`, {
    hint: 'It was written by another version of csx, or changed by hand; begin again with --force.',
  });
}

/** JSON with its keys sorted: equal values give equal text. */
function canonical(value: unknown): string {
  return (
    JSON.stringify(value, (_, inner: unknown) =>
      typeof inner === 'object' && inner !== null && !Array.isArray(inner)
        ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
        : inner,
    ) ?? 'nothing'
  );
}

/**
 * Checks that no option that was set (by flag, variable or file) says otherwise than the run that is resumed.
 * @throws InvalidOptionError naming the first that does.
 */
export function checkSameRun({ config, sources }: RunSettings, stored: RunConfig, location: string): void {
  for (const [flag, path] of Object.entries(configPaths)) {
    const source = sources.get(flag);
    if (source === undefined) continue;
    const [asked, there] = [canonical(valueAt(config, path)), canonical(valueAt(stored, path))];
    if (asked !== there) {
      const option = source.startsWith('implied') ? `--${flag} (${source})` : source;
      throw new InvalidOptionError(`csx run --resume: ${option} is ${asked}, but the run in ${location} has ${there}`, {
        hint: 'Leave it out to go on with that run, or name another directory with --out to begin one.',
      });
    }
  }
}
