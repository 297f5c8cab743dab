import { type RunRecord, renderSummaryTable, runExperiment } from '@csx/core';
import type { RunConfig } from '@csx/core/config';
import type { DirectoryStore } from '@csx/core/files';
import { processMemory } from '@csx/core/host';
import { CsxError, DeviceLostError } from '@csx/wgsl-kernels';
import type { Context } from '../args/command.ts';
import { Interrupted, watchSignals } from '../interrupt.ts';
import { createProgress } from '../progress/progress.ts';
import type { RunSettings } from '../settings/run-settings.ts';
import { clearFirst } from './clear-first.ts';
import { dataDirectory, loadDataset } from './load-dataset.ts';
import { type Machine, openMachine } from './machine.ts';
import { inspectRunDirectory, removeLeftovers } from './run-directory.ts';

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

/** The command that goes on with a run, on the CPU if its device was lost. */
export function resumeCommand({ settings, location }: Pick<Job, 'settings' | 'location'>, error: unknown): string {
  const { sources, device, adapter, engine, threads, dataDirectory } = settings;
  const given = { data: dataDirectory, threads, device, adapter, engine };
  const lost = error instanceof DeviceLostError;
  const words = ['csx', 'run', '--resume', '--out', location];
  for (const [name, value] of Object.entries(given)) {
    if (sources.get(name) !== `--${name}` || (lost && ['device', 'adapter', 'engine'].includes(name))) continue;
    words.push(`--${name}`, String(value));
  }
  if (lost) words.push('--device', 'cpu');
  return words.map((word) => (/^[\w./:=,-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`)).join(' ');
}

/** Whether there is an unfinished run to go on with; a directory that cannot be read any more holds none. */
async function hasCheckpoint(store: DirectoryStore): Promise<boolean> {
  try {
    const state = await inspectRunDirectory(store);
    return state.kind === 'run' && !state.complete;
  } catch (error) {
    if (error instanceof CsxError) return false;
    throw error;
  }
}

/**
 * Carries out an experiment, showing how far it is, and ends it at a safe point on SIGINT and SIGTERM.
 * @param open opens device and engine; another one in tests.
 * @throws Interrupted after a signal.
 */
export async function runWithProgress(
  job: Job,
  { terminal, environment }: Context,
  open: typeof openMachine = openMachine,
): Promise<Outcome> {
  const { settings, config, store, begin } = job;
  const progress = createProgress(terminal);
  const interruption = watchSignals((name) => {
    progress.event({ kind: 'note', message: `${name}: stopping at the next step; once more to stop at once` });
  });
  let machine: Machine | undefined;
  try {
    // What can fail without the directory fails before anything is written to it.
    machine = await open(settings);
    progress.event({ kind: 'note', message: `latent work ${machine.reason}` });
    progress.event({ kind: 'note', message: `training with ${machine.engine.name}` });
    const dataset = await loadDataset(config.data.source, dataDirectory(settings.dataDirectory, environment));
    if (begin === 'resume') await removeLeftovers(store);
    const record = await runExperiment({
      config,
      dataset,
      latentOps: machine.latentOps,
      engine: machine.engine,
      files: begin === 'replace' ? clearFirst(store) : store,
      resume: begin === 'resume',
      environment: machine.environment,
      onEvent: (event) => progress.event(event),
      signal: interruption.signal,
      peakMemoryBytes: () => processMemory().peakResidentBytes ?? 0,
    });
    progress.close(true);
    return { record, table: renderSummaryTable(record) };
  } catch (error) {
    progress.close(false);
    const code = interruption.exitCode();
    if (code !== undefined) terminal.err.write('Interrupted.\n');
    if (await hasCheckpoint(store)) {
      terminal.err.write(`The last checkpoint stands. Go on with:\n  ${resumeCommand(job, error)}\n`);
    }
    throw code === undefined ? error : new Interrupted(code);
  } finally {
    interruption.dispose();
    machine?.latentOps.dispose();
    machine?.disposeEngine();
  }
}
