import { join, relative, resolve } from 'node:path';
import { renderSummaryTable, type RunConfig, type RunRecord, runExperiment } from '@csx/core';
import { DirectoryStore } from '@csx/core/files';
import { InvalidOptionError } from '@csx/wgsl-kernels';
import type { Context } from '../args/command.ts';
import type { FlagValues } from '../args/flag.ts';
import { Interrupted, watchSignals } from '../interrupt.ts';
import { createProgress } from '../progress/progress.ts';
import { configFlags } from '../settings/config-flags.ts';
import { configFileLayer, environmentLayer, flagLayer } from '../settings/layers.ts';
import { machineFlags } from '../settings/machine-flags.ts';
import { type RunSettings, resolveRunSettings } from '../settings/run-settings.ts';
import { loadDataset } from './load-dataset.ts';
import { openMachine } from './machine.ts';
import { printPlan } from './plan.ts';
import { checkSameRun, configFile, type DirectoryState, inspectRunDirectory } from './run-directory.ts';

const settingFlags = [...configFlags(), ...machineFlags];

async function readSettings(flags: FlagValues, { environment, directory, terminal }: Context): Promise<RunSettings> {
  const { paint } = terminal.err;
  const warn = (line: string): void => terminal.err.write(`${paint.yellow('warning:')} ${line}\n`);
  const settings = new Map([...flags].filter(([name]) => settingFlags.some((flag) => flag.name === name)));
  return resolveRunSettings([
    flagLayer(settings),
    environmentLayer(settingFlags, environment, warn),
    await configFileLayer(directory),
  ]);
}

/** The configuration to run: as set, or the one of the run that is resumed. */
function configOf(settings: RunSettings, flags: FlagValues, state: DirectoryState, location: string): RunConfig {
  const resume = flags.get('resume') === true;
  if (state.kind === 'foreign') {
    throw new InvalidOptionError(`csx run: ${location} has files in it and holds no run`, {
      hint: 'Name an empty or a new directory with --out.',
    });
  }
  if (resume) {
    if (state.kind === 'empty') {
      throw new InvalidOptionError(`csx run --resume: there is no run in ${location}`, {
        hint: 'Name its directory with --out, or leave out --resume to begin one.',
      });
    }
    checkSameRun(flags, state.config, location);
    return state.config;
  }
  if (state.kind === 'run' && flags.get('force') !== true) {
    const what = state.complete ? 'a finished run' : 'an interrupted run';
    throw new InvalidOptionError(`csx run: ${location} holds ${what} already`, {
      hint: state.complete
        ? 'Name another directory with --out, or begin again there with --force.'
        : 'Go on with it: --resume. Or begin again there with --force, or name another directory with --out.',
    });
  }
  return settings.config;
}

async function removeRun(store: DirectoryStore): Promise<void> {
  const names = await store.list();
  // The mark goes last: what an interruption leaves is still known as a run.
  for (const name of names.filter((other) => other !== configFile)) await store.remove(name);
  await store.remove(configFile);
}

/** Runs, resumes or plans an experiment as the flags say, and prints its outcome. */
export async function executeRun(flags: FlagValues, context: Context): Promise<void> {
  const { terminal, directory } = context;
  if (flags.get('resume') === true && flags.get('force') === true) {
    throw new InvalidOptionError('csx run: --resume and --force exclude each other', { hint: 'Leave out one of the two.' });
  }
  const settings = await readSettings(flags, context);
  const out = flags.get('out');
  const location = typeof out === 'string' ? out : join('runs', `${settings.config.preset}-seed${settings.config.seed}`);
  const store = new DirectoryStore(resolve(directory, location));
  const json = flags.get('json') === true;
  if (flags.get('dry-run') === true) {
    printPlan(settings, location, terminal.out, json);
    return;
  }
  const config = configOf(settings, flags, await inspectRunDirectory(store), location);
  const record = await runWithProgress({ flags, settings, config, store, location }, context);
  if (json) terminal.out.write(`${JSON.stringify(record, null, 2)}\n`);
  else {
    terminal.out.write(`${renderSummaryTable(record)}\n\n`);
    terminal.out.write(`Report: ${join(relative(directory, resolve(directory, location)) || '.', 'report.html')}\n`);
  }
}

interface Job {
  readonly flags: FlagValues;
  readonly settings: RunSettings;
  readonly config: RunConfig;
  readonly store: DirectoryStore;
  readonly location: string;
}

async function runWithProgress(job: Job, { terminal }: Context): Promise<RunRecord> {
  const { flags, settings, config, store, location } = job;
  const { err } = terminal;
  // What can fail without the directory fails before anything is written to it.
  const machine = await openMachine(settings);
  const resume = flags.get('resume') === true;
  const progress = createProgress(terminal);
  const interruption = watchSignals((name) => {
    progress.event({ kind: 'note', message: `${name}: stopping at the next step; once more to stop at once` });
  });
  const goOn = `csx run --resume --out ${location}`;
  let completed = false;
  try {
    progress.event({ kind: 'note', message: `latent work: ${machine.reason}` });
    progress.event({ kind: 'note', message: `training: ${machine.engine.name}` });
    const dataset = await loadDataset(config, settings.dataDirectory);
    if (flags.get('force') === true) await removeRun(store);
    if (!resume) await store.write(configFile, new TextEncoder().encode(`${JSON.stringify(config, null, 2)}\n`));
    const record = await runExperiment({
      config,
      dataset,
      latentOps: machine.latentOps,
      engine: machine.engine,
      files: store,
      resume,
      environment: machine.environment,
      onEvent: (event) => progress.event(event),
      signal: interruption.signal,
    });
    completed = true;
    return record;
  } catch (error) {
    const code = interruption.exitCode();
    progress.close(false);
    if (code !== undefined) {
      err.write(`Interrupted; the last checkpoint is in ${location}. Go on with:\n  ${goOn}\n`);
      throw new Interrupted(code);
    }
    throw error;
  } finally {
    if (completed) progress.close(true);
    interruption.dispose();
    machine.latentOps.dispose();
  }
}
