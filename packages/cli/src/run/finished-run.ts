import {
  extrasFile,
  type FileStore,
  identityFile,
  type ReportExtras,
  type RunRecord,
  recordFile,
  renderReport,
  renderSummaryTable,
  reportExtrasSchema,
  reportFile,
  runRecordSchema,
  tensorboardFiles,
} from '@csx/core';
import { DataFormatError } from '@csx/wgsl-kernels';
import { readJson } from './read-json.ts';

export interface FinishedRun {
  readonly record: RunRecord;
  readonly extras: ReportExtras | undefined;
  /** The summary, for a terminal; ends with a line break. */
  readonly table: string;
}

/**
 * Reads the record of a run and what its report shows beside it.
 * @throws DataFormatError where there is no record, or it is not one.
 */
export async function readFinishedRun(store: FileStore, shown: string): Promise<FinishedRun> {
  const record = await readJson(store, recordFile, shown, runRecordSchema);
  if (record === undefined) {
    const begun = (await store.read(identityFile)) !== undefined;
    throw new DataFormatError(`${shown}: no ${recordFile}${begun ? ', the run was interrupted' : ''}`, {
      hint: begun
        ? `Finish it first: csx run --resume --out ${shown}`
        : 'Name the directory of a run, such as runs/mini-seed0.',
    });
  }
  const extras = await readJson(store, extrasFile, shown, reportExtrasSchema);
  return { record, extras, table: renderSummaryTable(record) };
}

/** Draws the report anew, beside the record. */
export async function writeReport(store: FileStore, { record, extras }: FinishedRun): Promise<void> {
  const page = renderReport(extras === undefined ? { record } : { record, extras });
  await store.write(reportFile, new TextEncoder().encode(page));
}

/** Event files beside the record. */
export async function writeTensorboard(store: FileStore, record: RunRecord): Promise<void> {
  for (const [name, bytes] of tensorboardFiles(record)) await store.write(name, bytes);
}
