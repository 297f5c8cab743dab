import { writeFile } from 'node:fs/promises';
import process from 'node:process';
import { StorageError } from '@csx/core';
import { compareUsage, parseCompareOptions } from './compare-options.ts';
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
 * `bench compare`: a table on stdout (on stderr where the JSON goes to stdout), a page and a JSON document on request.
 * @param args what stands behind `compare`
 * @throws {InvalidOptionError} options that make no sense, fewer than two records
 * @throws {DataFormatError} a file that is no record of this version, or no notes on these records
 * @throws {StorageError} a file that cannot be written
 */
export async function runCompare(args: readonly string[]): Promise<void> {
  const options = parseCompareOptions(args);
  if (options.help) {
    process.stdout.write(compareUsage);
    return;
  }
  const records = await readRecords(options.files);
  const notes = options.notes === undefined ? [] : await readNotes(options.notes, records);
  const comparison = compareRecords(records, records[options.baseline - 1].key);
  const { html, json } = options;
  if (html !== undefined) await write(html, renderComparisonPage({ records, comparison, notes }));
  if (json !== undefined) {
    const text = comparisonJson({ records, comparison, notes });
    if (json === '-') process.stdout.write(text);
    else await write(json, text);
  }
  const table = json === '-' ? process.stderr : process.stdout;
  const { NO_COLOR, TERM } = process.env;
  const colors = table.isTTY === true && !NO_COLOR && TERM !== 'dumb';
  table.write(renderComparison(records, comparison, colors));
}
