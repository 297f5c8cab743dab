import { readFileSync } from 'node:fs';
import { type NamedRecord, nameRecords } from '../../src/compare/named-record.ts';
import { type BenchRecord, benchRecordSchema, type CandidateResult, type CaseResult } from '../../src/record.ts';

export type SmallRecord = 'node-swiftshader' | 'bun-swiftshader' | 'node-lavapipe';

export const smallRecordFile = (name: SmallRecord): string =>
  new URL(`../fixtures/records/${name}.json`, import.meta.url).pathname;

/** A copy of a real record, with all defaults filled in. */
export function smallRecord(name: SmallRecord): BenchRecord {
  return benchRecordSchema.parse(JSON.parse(readFileSync(smallRecordFile(name), 'utf8')));
}

/** Records under the letters A, B, ... */
export function named(...records: readonly BenchRecord[]): readonly NamedRecord[] {
  return nameRecords(records.map((record, i) => ({ file: `${i}.json`, record })));
}

export const firstCase = ({ results }: BenchRecord): CaseResult => results[0];

export function candidateOf(record: BenchRecord, name: string): CandidateResult {
  const found = firstCase(record).candidates.find((candidate) => candidate.name === name);
  if (found === undefined) throw new Error(`no candidate ${name}`);
  return found;
}

/** Gives a candidate other warm samples. */
export function setSamples(candidate: CandidateResult, samples: readonly number[]): void {
  if (candidate.timing !== null) candidate.timing.samples = [...samples];
}
