import type { RunRecord } from '../run/record.ts';
import type { ReportExtras } from './extras.ts';
import { type Series, seriesOf } from './series-style.ts';

/** What every section of the page is drawn from. */
export interface ReportContext {
  readonly record: RunRecord;
  readonly extras: ReportExtras;
  readonly series: readonly Series[];
  /** Names of the classes that receive synthetic latents. */
  readonly minors: ReadonlySet<string>;
}

/** Gathers what the sections share. */
export function reportContext(record: RunRecord, extras: ReportExtras): ReportContext {
  return { record, extras, series: seriesOf(record), minors: new Set(record.classPairs.map(({ minor }) => minor)) };
}
