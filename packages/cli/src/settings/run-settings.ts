import { cifar10ClassNames, type PresetName, presets, type RunConfig, runConfigSchema } from '@csx/core/config';
import { InvalidOptionError } from '@csx/wgsl-kernels';
import type { Flag } from '../args/flag.ts';
import { describeNumber } from '../args/parse-value.ts';
import { didYouMean } from '../args/suggest.ts';
import { configFlags, configPaths } from './config-flags.ts';
import type { Layer } from './layers.ts';
import { machineFlags } from './machine-flags.ts';

export type DeviceChoice = 'auto' | 'gpu' | 'cpu';
export type EngineChoice = 'auto' | 'gpu' | 'cpu';

/** Everything a run needs to know from its user. */
export interface RunSettings {
  readonly config: RunConfig;
  readonly device: DeviceChoice;
  readonly adapter: string | undefined;
  readonly engine: EngineChoice;
  readonly threads: number | undefined;
  readonly dataDirectory: string | undefined;
  /** flag -> where its value came from, for the options that were not left to the preset. */
  readonly sources: ReadonlyMap<string, string>;
}

type Tree = Record<string, unknown>;

function setAt(tree: Tree, path: string, value: unknown): void {
  const keys = path.split('.');
  let node = tree;
  for (const key of keys.slice(0, -1)) {
    node[key] ??= {};
    node = node[key] as Tree;
  }
  node[keys[keys.length - 1]] = value;
}

const flagOfPath = new Map<string, string>(Object.entries(configPaths).map(([flag, path]) => [path, flag]));

function expected(flag: Flag): string {
  switch (flag.type.kind) {
    case 'boolean':
      return 'true or false';
    case 'number':
      return describeNumber(flag.type);
    case 'choice':
      return `one of ${flag.type.choices.join(', ')}`;
    case 'list':
      return flag.type.choices === undefined ? 'a list of names' : `a list of ${flag.type.choices.join(', ')}`;
    case 'pairs':
      return 'a list of { "minor": ..., "major": ... }';
    case 'counts':
      return 'an object of whole numbers from 1 by class name';
    case 'text':
      return 'a text';
  }
}

/** Settings as one map, the first layer winning, with where each came from. */
function merge(layers: readonly Layer[]): { values: Map<string, unknown>; sources: Map<string, string> } {
  const values = new Map<string, unknown>();
  const sources = new Map<string, string>();
  for (const layer of layers) {
    for (const [name, value] of layer.values) {
      if (values.has(name)) continue;
      values.set(name, value);
      sources.set(name, layer.sourceOf(name));
    }
  }
  return { values, sources };
}

/** What one option says about another that was left open. */
function addImplied(values: Map<string, unknown>, sources: Map<string, string>): void {
  const imply = (given: string, name: string, value: string): void => {
    if (!values.has(given)) return;
    if (!values.has(name)) {
      values.set(name, value);
      sources.set(name, `implied by ${sources.get(given)}`);
    } else if (values.get(name) !== value) {
      throw new InvalidOptionError(
        `${sources.get(name)} is ${String(values.get(name))}, but ${sources.get(given)} needs --${name} ${value}`,
        { hint: `Leave out one of the two.` },
      );
    }
  };
  imply('class-pairs', 'assignment', 'fixed');
  if (sources.get('data') === '--data') imply('data', 'source', 'cifar10');
  if (values.has('adapter') && values.get('device') !== 'cpu') {
    values.set('device', 'gpu');
    sources.set('device', sources.get('device') ?? `implied by ${sources.get('adapter')}`);
  } else if (sources.get('adapter') === '--adapter') {
    throw new InvalidOptionError(
      `--adapter does not go with ${sources.get('device')} cpu: the CPU path takes no adapter`,
      {
        hint: 'Leave out one of the two.',
      },
    );
  }
}

/** The engine on a GPU needs the device of the latent work. */
function checkEngine(values: ReadonlyMap<string, unknown>, sources: ReadonlyMap<string, string>): void {
  if (values.get('engine') !== 'gpu' || values.get('device') !== 'cpu') return;
  throw new InvalidOptionError(
    `${sources.get('engine')} gpu does not go with ${sources.get('device')} cpu: both work on one device`,
    { hint: 'Leave out one of the two.' },
  );
}

function parseConfig(values: ReadonlyMap<string, unknown>, sources: ReadonlyMap<string, string>): RunConfig {
  const name = values.get('preset') ?? 'mini';
  const names = Object.keys(presets);
  if (typeof name !== 'string' || !names.includes(name)) {
    throw new InvalidOptionError(
      `${sources.get('preset')}: got ${JSON.stringify(name)}, expected one of ${names.join(', ')}`,
    );
  }
  const input = structuredClone(presets[name as PresetName]) as Tree;
  for (const [flag, path] of Object.entries(configPaths)) if (values.has(flag)) setAt(input, path, values.get(flag));
  const parsed = runConfigSchema.safeParse(input);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const path = issue.path.slice(0, 2).join('.');
  const flagName = flagOfPath.get(path) ?? flagOfPath.get(String(issue.path[0])) ?? path;
  const flag = configFlags().find(({ name: candidate }) => candidate === flagName);
  const got = JSON.stringify(values.get(flagName));
  throw new InvalidOptionError(
    `${sources.get(flagName) ?? path}: got ${got}, expected ${flag === undefined ? issue.message : expected(flag)}`,
  );
}

/** Names of classes that cannot be right, before any data is read. */
function checkClasses(config: RunConfig, sources: ReadonlyMap<string, string>): void {
  const known: readonly string[] = cifar10ClassNames;
  const check = (flag: string, names: readonly string[]): void => {
    const unknown = names.find((name) => !known.includes(name));
    if (unknown === undefined) return;
    throw new InvalidOptionError(
      `${sources.get(flag) ?? `--${flag}`}: class ${JSON.stringify(unknown)} does not exist, expected some of ${known.join(', ')}`,
      { hint: didYouMean(unknown, known, 'Use the names of the data set.') },
    );
  };
  const { minorClasses, classCounts } = config.data;
  check('minor-classes', minorClasses);
  check('class-counts', Object.keys(classCounts ?? {}));
  check('minors', config.method.minors ?? []);
  const pairs = config.method.classPairs ?? [];
  check(
    'class-pairs',
    pairs.flatMap(({ minor, major }) => [minor, major]),
  );
  if (config.method.assignment === 'fixed' && config.method.classPairs === undefined) {
    throw new InvalidOptionError('--assignment fixed needs --class-pairs', {
      hint: 'Add --class-pairs MINOR:MAJOR,...',
    });
  }
}

function optional<T>(
  flags: readonly Flag[],
  values: ReadonlyMap<string, unknown>,
  sources: ReadonlyMap<string, string>,
  name: string,
): T | undefined {
  const value = values.get(name);
  if (value === undefined) return undefined;
  const flag = flags.find((candidate) => candidate.name === name);
  if (flag === undefined) throw new Error(`run-settings: no flag ${name}`);
  const { type } = flag;
  // Flags and variables are checked when they are read; a value from the file is not.
  const fits =
    (type.kind === 'text' && typeof value === 'string' && value !== '') ||
    (type.kind === 'choice' && typeof value === 'string' && type.choices.includes(value)) ||
    (type.kind === 'number' &&
      Number.isSafeInteger(value) &&
      Number(value) >= (type.min ?? 0) &&
      Number(value) <= (type.max ?? Number.MAX_SAFE_INTEGER));
  if (!fits)
    throw new InvalidOptionError(`${sources.get(name)}: got ${JSON.stringify(value)}, expected ${expected(flag)}`);
  return value as T;
}

/**
 * Puts the layers (flags, environment, file; the first wins) over the preset and the defaults.
 * @throws InvalidOptionError naming the place a wrong value came from.
 */
export function resolveRunSettings(layers: readonly Layer[]): RunSettings {
  const { values, sources } = merge(layers);
  addImplied(values, sources);
  checkEngine(values, sources);
  const config = parseConfig(values, sources);
  checkClasses(config, sources);
  return {
    config,
    device: optional<DeviceChoice>(machineFlags, values, sources, 'device') ?? 'auto',
    adapter: optional<string>(machineFlags, values, sources, 'adapter'),
    engine: optional<EngineChoice>(machineFlags, values, sources, 'engine') ?? 'auto',
    threads: optional<number>(machineFlags, values, sources, 'threads'),
    dataDirectory: optional<string>(machineFlags, values, sources, 'data'),
    sources,
  };
}
