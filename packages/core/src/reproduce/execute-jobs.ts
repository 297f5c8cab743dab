import { CsxError } from '@csx/wgsl-kernels';
import type { ImageDataset } from '../data/image-set.ts';
import { trainCountsOf } from '../data/split.ts';
import type { FileStore } from '../files/file-store.ts';
import { withFallback } from '../files/folder-store.ts';
import { backboneCheckpoint } from '../run/backbone-stage.ts';
import type { RunEvent } from '../run/events.ts';
import { sizesOf } from '../run/pairing-stage.ts';
import { prepareBackbone } from '../run/prepare-backbone.ts';
import { latentsFile } from '../run/projection-stage.ts';
import { runExperiment } from '../run/run-experiment.ts';
import { identityFile, recordFile } from '../run/run-files.ts';
import type { RunInput } from '../run/run-input.ts';
import { CacheEntry } from './cache-entry.ts';
import type { Job } from './job-plan.ts';

/** What the work on jobs tells, beside the events of the runs it consists of. */
export type JobEvent =
  | RunEvent
  /** A job begins: `index` of `count`, counted from 1, those that were there already included. */
  | { readonly kind: 'job'; readonly job: Job; readonly index: number; readonly count: number };

export interface ExecuteInput
  extends Pick<RunInput, 'latentOps' | 'engine' | 'environment' | 'signal' | 'peakMemoryBytes'> {
  /** Each after the one that it starts from; that one may be missing where the cache has it. */
  readonly jobs: readonly Job[];
  readonly dataset: ImageDataset;
  /** Entries by job id. */
  readonly cache: FileStore;
  readonly onEvent: (event: JobEvent) => void;
}

/**
 * Does the jobs that the cache does not hold whole. An unfinished one is taken up at its last checkpoint, a damaged one
 * is done again from its start.
 *
 * The outcome of a job depends on its configuration alone, so it does not matter which process does it, or whether two
 * do it at a time.
 * @throws InvalidOptionError, InvalidInputError for options of any job that do not go together, before the first is done
 * @throws what the runs throw; finished jobs stay
 * @throws the signal's reason when it is aborted
 */
export async function executeJobs(input: ExecuteInput): Promise<void> {
  const { jobs, dataset, cache, onEvent, signal } = input;
  for (const { config } of jobs) sizesOf({ config, dataset }, trainCountsOf(dataset.classNames, config.data));
  const entryOf = (id: string) => new CacheEntry(cache, id, dataset.hashes);
  const openStarts = new Set<string>();
  for (const job of jobs)
    if (job.kind === 'arm' && (await entryOf(job.id).state()).kind !== 'whole') openStarts.add(job.backbone);
  for (const [i, job] of jobs.entries()) {
    signal?.throwIfAborted();
    // Nobody starts from it any more.
    if (job.kind === 'backbone' && !openStarts.has(job.id)) continue;
    const entry = entryOf(job.id);
    const state = await entry.state();
    if (state.kind === 'whole') continue;
    if (state.kind === 'damaged') {
      onEvent({ kind: 'note', message: `${job.id} is made again: ${state.reason}` });
      await entry.clear();
    }
    onEvent({ kind: 'job', job, index: i + 1, count: jobs.length });
    try {
      await doJob(input, job, entry);
    } catch (error) {
      // A checkpoint that was cut short is worth nothing; without it the job begins again.
      if (state.kind !== 'unfinished' || !(error instanceof CsxError) || error.code !== 'DATA_FORMAT') throw error;
      onEvent({ kind: 'note', message: `${job.id} is made again: ${error.message}` });
      await entry.clear();
      await doJob(input, job, entry);
    }
  }
}

async function doJob(input: ExecuteInput, job: Job, entry: CacheEntry): Promise<void> {
  const run = {
    ...input,
    config: job.config,
    files: entry.files,
    resume: (await entry.files.read(identityFile)) !== undefined,
  };
  if (job.kind === 'backbone') {
    await prepareBackbone(run);
    await entry.seal([backboneCheckpoint, latentsFile]);
    return;
  }
  const start = new CacheEntry(input.cache, job.backbone, input.dataset.hashes);
  await runExperiment({ ...run, files: withFallback(entry.files, start.files), outputs: 'record' });
  await entry.seal([recordFile]);
}
