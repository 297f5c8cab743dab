import type { BenchRecord } from '../record.ts';

/** A record with what it is called in a comparison. */
export interface NamedRecord {
  /** A letter, for plots and tables. */
  readonly key: string;
  /** Who it is: runtime, WebGPU implementation, adapter and day; more where that leaves two alike. */
  readonly name: string;
  /** Its file, without folders. */
  readonly file: string;
  readonly record: BenchRecord;
}

/** `dawn 0.6.2`; what the record says of its WebGPU implementation. */
export function implementationName({ adapter }: BenchRecord): string {
  return adapter === null ? 'no adapter' : `${adapter.implementation} ${adapter.implementationVersion}`.trim();
}

function nameUpTo({ record, file }: Omit<NamedRecord, 'key' | 'name'>, detail: number): string {
  const { runtime, adapter, startedAt } = record;
  const time = detail === 0 ? startedAt.slice(0, 10) : `${startedAt.slice(0, 19).replace('T', ' ')} UTC`;
  const where = adapter?.name ?? runtime.cpuName;
  const parts = [`${runtime.name} ${runtime.version}`, implementationName(record), where, time];
  return [...parts, ...(detail === 2 ? [file] : [])].join(', ');
}

/** Names records so that no two are alike, as long as their files are not. */
export function nameRecords(records: readonly Omit<NamedRecord, 'key' | 'name'>[]): readonly NamedRecord[] {
  const names = records.map((one) => nameUpTo(one, 0));
  for (const detail of [1, 2]) {
    const before = [...names];
    records.forEach((one, i) => {
      if (before.filter((name) => name === before[i]).length > 1) names[i] = nameUpTo(one, detail);
    });
  }
  return records.map((one, i) => ({ key: String.fromCharCode(65 + i), name: names[i], ...one }));
}
