import { DataFormatError } from '@csx/core';
import { z } from 'zod';
import type { NamedRecord } from './named-record.ts';
import { parseJson, readText } from './read-records.ts';

/** Why something is as it is, in the words of someone who knows. */
export interface Note {
  /** What it is about, as readers know it. */
  readonly about: string;
  readonly text: string;
}

const what = 'one JSON object: what a note is about -> a sentence';
const notesSchema = z.record(z.string(), z.string().trim().min(1));

/** What notes may be about: a record by its letter or file, a suite, a case, a candidate by its name. */
function subjects(records: readonly NamedRecord[]): ReadonlyMap<string, string> {
  const known = new Map<string, string>();
  for (const { key, file, name, record } of records) {
    for (const word of [key, file]) known.set(word, `${key}: ${name}`);
    for (const { suite, name: caseName, candidates } of record.results) {
      known.set(suite, suite);
      known.set(`${suite}: ${caseName}`, `${suite}: ${caseName}`);
      for (const candidate of candidates) known.set(candidate.name, candidate.title);
    }
  }
  return known;
}

export function parseNotes(file: string, text: string, records: readonly NamedRecord[]): readonly Note[] {
  const hint = 'notes are about a record (its letter or file), a suite, a "suite: case" or a candidate, by name';
  const parsed = notesSchema.safeParse(parseJson(file, text, what, hint));
  if (!parsed.success) {
    const [{ path, message }] = parsed.error.issues;
    throw new DataFormatError(`bench compare: ${file}: ${path.join('.') || 'notes'}: ${message}; expected ${what}`, {
      hint,
    });
  }
  const known = subjects(records);
  return Object.entries(parsed.data).map(([subject, sentence]) => {
    const about = known.get(subject);
    // A note that nobody sees would be worse than none.
    if (about === undefined) {
      throw new DataFormatError(`bench compare: ${file} has a note on "${subject}", which these records do not have`, {
        hint,
      });
    }
    return { about, text: sentence };
  });
}

export async function readNotes(file: string, records: readonly NamedRecord[]): Promise<readonly Note[]> {
  return parseNotes(file, await readText(file, what), records);
}
