import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { DataFormatError } from '@csx/core';
import { type BenchRecord, benchRecordSchema } from '../record.ts';
import { type NamedRecord, nameRecords } from './named-record.ts';

const hint = 'give records that csx bench --json FILE wrote whole';
const version = benchRecordSchema.shape.schemaVersion.value;

/** Reads a text file. Throws DataFormatError for one that is not there or is no text. */
export async function readText(file: string, what: string): Promise<string> {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(await readFile(file));
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const reason = code === 'ENOENT' ? 'there is no such file' : (code ?? message);
    throw new DataFormatError(`bench compare: ${file} cannot be read: ${reason}; expected ${what}`, { cause: error });
  }
}

export function parseJson(file: string, text: string, what: string, remedy: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    const reason = text.trim() === '' ? 'it is empty' : (error as Error).message;
    throw new DataFormatError(`bench compare: ${file} is no whole JSON document (${reason}); expected ${what}`, {
      hint: remedy,
      cause: error,
    });
  }
}

/** A case that stands twice in a record leaves open which is meant. */
function refuseTwins(file: string, { results }: BenchRecord): void {
  const seen = new Set<string>();
  for (const { suite, name, candidates } of results) {
    for (const candidate of candidates) {
      const key = JSON.stringify([suite, name, candidate.name]);
      if (seen.has(key)) {
        throw new DataFormatError(
          `bench compare: ${file} has two results of ${candidate.name} for "${suite}: ${name}", expected one`,
          { hint },
        );
      }
      seen.add(key);
    }
  }
}

/** A record as `file` holds it. Throws DataFormatError, which names the file, for anything else. */
export function parseRecord(file: string, text: string): BenchRecord {
  const what = `a benchmark record of schemaVersion ${version}`;
  const value = parseJson(file, text, what, hint);
  const found = (value as { schemaVersion?: unknown } | null)?.schemaVersion;
  if (found === undefined) {
    throw new DataFormatError(`bench compare: ${file} has no schemaVersion; expected ${what}`, { hint });
  }
  if (found !== version) {
    throw new DataFormatError(`bench compare: ${file} has schemaVersion ${JSON.stringify(found)}; expected ${what}`, {
      hint: 'measure it anew with this version of csx, or compare with the version that wrote it',
    });
  }
  const parsed = benchRecordSchema.safeParse(value);
  if (!parsed.success) {
    const [{ path, message }] = parsed.error.issues;
    throw new DataFormatError(`bench compare: ${file} is no benchmark record: ${path.join('.')}: ${message}`, { hint });
  }
  refuseTwins(file, parsed.data);
  return parsed.data;
}

export async function readRecords(files: readonly string[]): Promise<readonly NamedRecord[]> {
  const read: Omit<NamedRecord, 'key' | 'name'>[] = [];
  for (const file of files) {
    read.push({ file: basename(file), record: parseRecord(file, await readText(file, 'a benchmark record')) });
  }
  return nameRecords(read);
}
