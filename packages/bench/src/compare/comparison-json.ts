import type { Comparison } from './comparison.ts';
import type { NamedRecord } from './named-record.ts';
import type { Note } from './notes.ts';

export interface ComparisonInput {
  readonly records: readonly NamedRecord[];
  readonly comparison: Comparison;
  readonly notes: readonly Note[];
}

/** A comparison for programs. What it says of a record beyond its name stands in that record. */
export function comparisonJson({ records, comparison, notes }: ComparisonInput): string {
  const named = records.map(({ key, name, file, record }) => ({
    key,
    name,
    file,
    startedAt: record.startedAt,
    adapter: record.adapter?.name ?? null,
    isSoftware: record.adapter?.isSoftware ?? null,
    cpuName: record.runtime.cpuName,
  }));
  return `${JSON.stringify({ records: named, ...comparison, notes }, undefined, 1)}\n`;
}
