import type { Context } from '../args/command.ts';
import type { Flag, FlagValues } from '../args/flag.ts';
import { configFlags } from '../settings/config-flags.ts';
import { environmentLayer, flagLayer, type Layer } from '../settings/layers.ts';
import { machineFlags } from '../settings/machine-flags.ts';
import { type RunSettings, resolveRunSettings } from '../settings/run-settings.ts';

/** Options of a run that a reproduction may be given; the others are the experiments' own. */
const names = [
  'preset',
  'width',
  'retraining',
  'backbone',
  'epochs',
  'batch-size',
  'peak-learning-rate',
  'iterations',
  'epochs-per-iteration',
  'joint-schedule',
  'joint-learning-rate',
  'major-count',
  'minor-count',
  'held-out-count',
  'test-count',
];

/** Their flags; only the preset has another default than in `csx run`. */
export function reproduceConfigFlags(): Flag[] {
  const flags = configFlags();
  return names.map((name) => {
    const flag = flags.find((other) => other.name === name);
    if (flag === undefined) throw new Error(`reproduce: a run has no option ${name}`);
    return name === 'preset' ? { ...flag, shownDefault: 'default paper' } : flag;
  });
}

const paper: Layer = { values: new Map([['preset', 'paper']]), sourceOf: () => 'default' };

/** The settings that all runs of a reproduction share, from flags and CSX_* variables. */
export function readReproduceSettings(flags: FlagValues, { environment, terminal }: Context): RunSettings {
  const { paint } = terminal.err;
  const settingFlags = [...reproduceConfigFlags(), ...machineFlags];
  const given = new Map([...flags].filter(([name]) => settingFlags.some((flag) => flag.name === name)));
  return resolveRunSettings([
    flagLayer(given),
    environmentLayer(settingFlags, environment, (line) => terminal.err.write(`${paint.yellow('warning:')} ${line}\n`)),
    paper,
  ]);
}
