import { renderSummaryTable, type RunRecord, runExperiment } from '@csx/core';
import type { RunConfig } from '@csx/core/config';
import type { DirectoryStore } from '@csx/core/files';
import type { Context } from '../args/command.ts';
import { Interrupted, watchSignals } from '../interrupt.ts';
import { createProgress } from '../progress/progress.ts';
import type { RunSettings } from '../settings/run-settings.ts';
import { dataDirectory, loadDataset } from './load-dataset.ts';
import { openMachine } from './machine.ts';
import { configFile } from './run-directory.ts';

/** One experiment to carry out. */
export interface Job {
  readonly settings: RunSettings;
  readonly config: RunConfig;
  readonly store: DirectoryStore;
  /** The store's directory as the user wrote it. */
  readonly location: string;
  /** `replace` deletes the run that is there. */
  readonly begin: 'new' | 'resume' | 'replace';
}

export interface Outcome {
  readonly record: RunRecord;
  /** The summary, for a terminal; ends with a line break. */
  readonly table: string;
}

async function removeRun(store: DirectoryStore): Promise<void> {
  const names = await store.list();
  // The mark goes last: what an interruption leaves is still known as a run.
  for (const name of names.filter((other) => other !== configFile)) await store.remove(name);
  await store.remove(configFile);
}

/**
 * Carries out an experiment, showing how far it is, and ends it at a safe point on SIGINT and SIGTERM.
 * @throws Interrupted after a signal.
 */
export async function runWithProgress(job: Job, { terminal, environment }: Context): Promise<Outcome> {
  const { settings, config, store, location, begin } = job;
  // What can fail without the directory fails before anything is written to it.
  const machine = await openMachine(settings);
  const progress = createProgress(terminal);
  const interruption = watchSignals((name) => {
    progress.event({ kind: 'note', message: `${name}: stopping at the next step; once more to stop at once` });
  });
  try {
    progress.event({ kind: 'note', message: `latent work: ${machine.reason}` });
    progress.event({ kind: 'note', message: `training: ${machine.engine.name}` });
    const dataset = await loadDataset(config.data.source, dataDirectory(settings.dataDirectory, environment));
    if (begin === 'replace') await removeRun(store);
    if (begin !== 'resume') await store.write(configFile, new TextEncoder().encode(`${JSON.stringify(config, null, 2)}\n`));
    const record = await runExperiment({
      config,
      dataset,
      latentOps: machine.latentOps,
      engine: machine.engine,
      files: store,
      resume: begin === 'resume',
      environment: machine.environment,
      onEvent: (event) => progress.event(event),
      signal: interruption.signal,
    });
    progress.close(true);
    return { record, table: renderSummaryTable(record) };
  } catch (error) {
    progress.close(false);
    const code = interruption.exitCode();
    if (code === undefined) throw error;
    terminal.err.write(`Interrupted; the last checkpoint is in ${location}. Go on with:\n  csx run --resume --out ${location}\n`);
    throw new Interrupted(code);
  } finally {
    interruption.dispose();
    machine.latentOps.dispose();
  }
}
