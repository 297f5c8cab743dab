import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DataFormatError } from '@csx/wgsl-kernels';
import type { HostAdapter } from '../host/contract.ts';
import { type TuningTable, tunedAdapter, tuningTableSchema } from '../tuning/tuning-table.ts';
import { cacheDirectory } from './cache-directory.ts';
import { isMissing, storageFailure } from './storage-failure.ts';
import { writeAtomically } from './write-atomically.ts';

/** Where the table of an adapter lies: one file for each adapter, driver and implementation. */
export function tuningFile(adapter: HostAdapter, directory = cacheDirectory()): string {
  const key = createHash('sha256')
    .update(JSON.stringify(tunedAdapter(adapter)))
    .digest('hex');
  return join(directory, 'tuning', `${adapter.name}-${key.slice(0, 16)}.json`);
}

/**
 * What was measured on an adapter; undefined where nothing was.
 *
 * @throws DataFormatError for a file that is no such table, StorageError for one that cannot be read.
 */
export async function readTuning(adapter: HostAdapter, directory?: string): Promise<TuningTable | undefined> {
  const path = tuningFile(adapter, directory);
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (cause) {
    if (isMissing(cause)) return undefined;
    throw storageFailure('read', path, cause);
  }
  const hint = 'Remove it, or measure again with csx bench tune.';
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new DataFormatError(`${path}: not JSON`, { hint, cause });
  }
  const parsed = tuningTableSchema.safeParse(value);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new DataFormatError(`${path}: ${issue.path.join('.')}: ${issue.message}`, { hint });
  }
  return parsed.data;
}

/** Keeps a table for its adapter, in place of an earlier one. Throws StorageError. */
export async function writeTuning(table: TuningTable, adapter: HostAdapter, directory?: string): Promise<string> {
  const path = tuningFile(adapter, directory);
  await writeAtomically(path, new TextEncoder().encode(`${JSON.stringify(table, undefined, 1)}\n`));
  return path;
}
