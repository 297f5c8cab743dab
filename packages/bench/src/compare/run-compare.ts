import { writeFile } from 'node:fs/promises';
import { StorageError } from '@csx/core';
import type { BenchOutput } from '../run-bench-command.ts';
import type { CompareOptions } from './compare-options.ts';
import { compareRecords } from './compare-records.ts';
import { comparisonJson } from './comparison-json.ts';
import { renderComparisonPage } from './comparison-page.ts';
import { renderComparison } from './comparison-table.ts';
import { readNotes } from './notes.ts';
import { readRecords } from './read-records.ts';

async function write(file: string, text: string): Promise<void> {
  try {
    await writeFile(file, text);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw new StorageError(`bench compare: ${file} cannot be written: ${code ?? message}`, {
      hint: 'give a file in a folder that exists and that you may write to',
      cause: error,
    });
  }
}

/**
 * A comparison from its options to its table (in place of the JSON where that goes to stdout), page and JSON.
 * @throws {DataFormatError} a file that is no record of this version, or no notes on these records
 * @throws {StorageError} a file that cannot be written
 */
export async function runCompare(options: CompareOptions, output: BenchOutput): Promise<void> {
  const records = await readRecords(options.files);
  const notes = options.notes === undefined ? [] : await readNotes(options.notes, records);
  const comparison = compareRecords(records, records[options.baseline - 1].key);
  const { html, json } = options;
  if (html !== undefined) await write(html, renderComparisonPage({ records, comparison, notes }));
  if (json !== undefined) {
    const text = comparisonJson({ records, comparison, notes });
    if (json === '-') output.out(text);
    else await write(json, text);
  }
  const table = json === '-' ? output.err : output.out;
  table(renderComparison(records, comparison, output.colors && json !== '-'));
}
