import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { InvalidOptionError, StorageError } from '@csx/wgsl-kernels';
import type { Flag, FlagValue, FlagValues } from '../args/flag.ts';
import { parseValue } from '../args/parse-value.ts';
import { didYouMean, nearestWord } from '../args/suggest.ts';
import { configPaths } from './config-flags.ts';

/** Settings from one place, by flag name; `sourceOf` names a setting as its user wrote it. */
export interface Layer {
  readonly values: ReadonlyMap<string, unknown>;
  sourceOf(name: string): string;
}

/** The file in the project's directory that holds its settings. */
export const configFileName = 'csx.config.json';

export function flagLayer(values: FlagValues): Layer {
  return { values, sourceOf: (name) => `--${name}` };
}

/** CSX_* variables that are not settings of a run. */
const otherVariables = ['CSX_CACHE_DIR', 'CSX_DAWN_FLAGS', 'CSX_DEBUG', 'CSX_REQUIRE_GPU'];

/**
 * Settings from CSX_* variables.
 * @param warn gets a line for a variable that looks like a misspelled one.
 */
export function environmentLayer(
  flags: readonly Flag[],
  environment: Readonly<Record<string, string | undefined>>,
  warn: (line: string) => void,
): Layer {
  const byVariable = new Map(
    flags.flatMap((flag) => (flag.environment === undefined ? [] : [[flag.environment, flag] as const])),
  );
  const values = new Map<string, FlagValue>();
  for (const [variable, flag] of byVariable) {
    const text = environment[variable];
    if (text !== undefined && text !== '') values.set(flag.name, parseValue(flag.type, text, variable));
  }
  const known = [...byVariable.keys(), ...otherVariables];
  for (const variable of Object.keys(environment)) {
    if (!variable.startsWith('CSX_') || known.includes(variable)) continue;
    const meant = nearestWord(variable, known);
    if (meant !== undefined) warn(`${variable} is no setting of csx; did you mean ${meant}?`);
  }
  const variableOf = new Map([...byVariable].map(([variable, flag]) => [flag.name, variable]));
  return { values, sourceOf: (name) => variableOf.get(name) ?? name };
}

/** Keys of the file that are not options of the run itself: key -> flag. */
const machineKeys: Readonly<Record<string, string>> = {
  device: 'device',
  adapter: 'adapter',
  engine: 'engine',
  threads: 'threads',
  dataDir: 'data',
};

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Settings from the text of a csx.config.json; its keys are those of a record's `config`, any of them left out. */
export function parseConfigFile(text: string, path: string): Layer {
  let content: unknown;
  try {
    content = JSON.parse(text);
  } catch (cause) {
    throw new InvalidOptionError(`${path}: not JSON (${(cause as Error).message})`, { cause });
  }
  if (!isObject(content)) throw new InvalidOptionError(`${path}: expected an object at the top`);
  const flagOfPath = new Map<string, string>(Object.entries(configPaths).map(([flag, option]) => [option, flag]));
  for (const [key, flag] of Object.entries(machineKeys)) flagOfPath.set(key, flag);
  const known = [...flagOfPath.keys()];
  const values = new Map<string, unknown>();
  const shown = new Map<string, string>();
  const add = (option: string, value: unknown): void => {
    const flag = flagOfPath.get(option);
    if (flag === undefined) {
      throw new InvalidOptionError(`${path}: unknown option ${option}`, {
        hint: didYouMean(option, known, 'csx run --dry-run --json shows all options under "config".'),
      });
    }
    values.set(flag, value);
    shown.set(flag, `${path}: ${option}`);
  };
  for (const [key, value] of Object.entries(content)) {
    if (key === '$schema') continue;
    const isSection = known.some((option) => option.startsWith(`${key}.`));
    if (isSection && isObject(value))
      for (const [inner, innerValue] of Object.entries(value)) add(`${key}.${inner}`, innerValue);
    else if (isSection) throw new InvalidOptionError(`${path}: ${key} is a section, expected an object`);
    else add(key, value);
  }
  return { values, sourceOf: (name) => shown.get(name) ?? path };
}

/** The project's settings file, or no settings where there is none. */
export async function configFileLayer(directory: string): Promise<Layer> {
  const path = join(directory, configFileName);
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code === 'ENOENT') return { values: new Map(), sourceOf: () => path };
    throw new StorageError(`${path}: cannot be read (${code})`, { cause });
  }
  return parseConfigFile(text, configFileName);
}
