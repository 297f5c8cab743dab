import type { FileStore } from '@csx/core';
import { DataFormatError } from '@csx/wgsl-kernels';
import type { z } from 'zod';

/**
 * A JSON file of a store, checked against its schema; undefined where it is not there.
 * @throws DataFormatError naming the file, and the first place that does not fit.
 */
export async function readJson<T extends z.ZodType>(
  store: FileStore,
  name: string,
  shown: string,
  schema: T,
): Promise<z.output<T> | undefined> {
  const bytes = await store.read(name);
  if (bytes === undefined) return undefined;
  let content: unknown;
  try {
    content = JSON.parse(new TextDecoder().decode(bytes));
  } catch (cause) {
    throw new DataFormatError(`${shown}/${name}: not JSON (${(cause as Error).message})`, { cause });
  }
  const parsed = schema.safeParse(content);
  if (parsed.success) return parsed.data;
  const [{ path, message }] = parsed.error.issues;
  throw new DataFormatError(`${shown}/${name}: ${path.join('.') || 'the whole'}: ${message}`, {
    hint: 'It was written by another version of csx, or changed by hand.',
  });
}
