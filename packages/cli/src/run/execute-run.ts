import { join, relative, resolve } from 'node:path';
import type { RunConfig } from '@csx/core/config';
import { DirectoryStore } from '@csx/core/files';
import { InvalidOptionError } from '@csx/wgsl-kernels';
import type { Context } from '../args/command.ts';
import type { FlagValues } from '../args/flag.ts';
import { configFlags } from '../settings/config-flags.ts';
import { configFileLayer, environmentLayer, flagLayer } from '../settings/layers.ts';
import { machineFlags } from '../settings/machine-flags.ts';
import { type RunSettings, resolveRunSettings } from '../settings/run-settings.ts';
import { checkSameRun, type DirectoryState, inspectRunDirectory } from './run-directory.ts';

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
  if (state.kind === 'foreign') {
    throw new InvalidOptionError(`csx run: ${location} has files in it and holds no run`, {
      hint: 'Name an empty or a new directory with --out.',
    });
  }
  if (flags.get('resume') === true) {
    if (state.kind === 'empty') {
      throw new InvalidOptionError(`csx run --resume: there is no run in ${location}`, {
        hint: 'Name its directory with --out, or leave out --resume to begin one.',
      });
    }
    checkSameRun(settings, state.config, location);
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

/** Runs, resumes or plans an experiment as the flags say, and prints its outcome. */
export async function executeRun(flags: FlagValues, context: Context): Promise<void> {
  const { terminal, directory } = context;
  for (const other of ['force', 'dry-run']) {
    if (flags.get('resume') === true && flags.get(other) === true) {
      throw new InvalidOptionError(`csx run: --resume and --${other} exclude each other`, {
        hint: 'Leave out one of the two.',
      });
    }
  }
  const settings = await readSettings(flags, context);
  const out = flags.get('out');
  const location =
    typeof out === 'string' ? out : join('runs', `${settings.config.preset}-seed${settings.config.seed}`);
  const store = new DirectoryStore(resolve(directory, location));
  const json = flags.get('json') === true;
  if (flags.get('dry-run') === true) {
    const { printPlan } = await import('./plan.ts');
    printPlan(settings, location, terminal.out, json);
    return;
  }
  const state = await inspectRunDirectory(store);
  const config = configOf(settings, flags, state, location);
  const begin = flags.get('resume') === true ? 'resume' : state.kind === 'run' ? 'replace' : 'new';
  // Mistakes are told before the numeric libraries are loaded.
  const { runWithProgress } = await import('./run-with-progress.ts');
  const { record, table } = await runWithProgress({ settings, config, store, location, begin }, context);
  if (flags.get('tensorboard') === true) {
    const { writeTensorboard } = await import('./finished-run.ts');
    await writeTensorboard(store, record);
  }
  if (json) terminal.out.write(`${JSON.stringify(record, null, 2)}\n`);
  else terminal.out.write(`${table}\nReport: ${join(relative(directory, store.location) || '.', 'report.html')}\n`);
}
