import type { FileStore } from '../files/file-store.ts';
import { parseJson } from '../files/parse-json.ts';
import { runRecordSchema } from '../run/record.ts';
import { recordFile } from '../run/run-files.ts';
import { CacheEntry } from './cache-entry.ts';
import type { JobPlan } from './job-plan.ts';
import { type Outcome, outcomeOf } from './outcome.ts';

/** The outcomes of a plan's arms that a cache holds whole, in the order of the plan. */
export async function collectOutcomes(
  plan: JobPlan,
  cache: FileStore,
  dataHashes: Readonly<Record<string, string>>,
): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  for (const job of plan.jobs) {
    if (job.kind !== 'arm') continue;
    const entry = new CacheEntry(cache, job.id, dataHashes);
    if ((await entry.state()).kind !== 'whole') continue;
    const bytes = (await entry.files.read(recordFile)) as Uint8Array;
    outcomes.push(outcomeOf(job, runRecordSchema.parse(parseJson(bytes, recordFile))));
  }
  return outcomes;
}
