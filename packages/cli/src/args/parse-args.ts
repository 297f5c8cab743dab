import type { Flag, FlagValue, FlagValues } from './flag.ts';
import { parseValue } from './parse-value.ts';
import { didYouMean } from './suggest.ts';
import { UsageError } from './usage-error.ts';

/** A positional argument of a command, in the order they are written. */
export interface Positional {
  /** Upper case, as the help prints it. */
  readonly name: string;
  readonly help: string;
  readonly required: boolean;
  readonly choices?: readonly string[];
  /** Only the last one: all words that follow are of it, too. */
  readonly repeated?: boolean;
}

export interface ParsedArgs {
  readonly flags: FlagValues;
  /** By name; one that was not given is absent. */
  readonly positionals: ReadonlyMap<string, string>;
  /** Words behind the last positional, if it repeats. */
  readonly rest: readonly string[];
}

const helpHint = (command: string) => `see ${command} --help`;

/** A word that starts with a dash and is no number: the next flag, not the value of this one. */
const looksLikeFlag = (word: string) => word.startsWith('-') && word !== '-' && !/^-[\d.]/.test(word);

interface Word {
  readonly flag: Flag;
  readonly shown: string;
  readonly negated: boolean;
  readonly value: string | undefined;
}

function readFlagWord(word: string, flags: readonly Flag[], command: string): Word {
  const equals = word.indexOf('=');
  const shown = equals < 0 ? word : word.slice(0, equals);
  const value = equals < 0 ? undefined : word.slice(equals + 1);
  for (const flag of flags) {
    if (shown === `--${flag.name}` || (flag.short !== undefined && shown === `-${flag.short}`)) {
      return { flag, shown, negated: false, value };
    }
    if (flag.type.kind === 'boolean' && shown === `--no-${flag.name}`) return { flag, shown, negated: true, value };
  }
  const known = flags.flatMap(({ name, type }) =>
    type.kind === 'boolean' ? [`--${name}`, `--no-${name}`] : [`--${name}`],
  );
  throw new UsageError(`${command}: unknown option ${shown}`, { hint: didYouMean(shown, known, helpHint(command)) });
}

/**
 * Reads the words after a command strictly: unknown and repeated flags, flags without their value and
 * words too many are errors. Numbers may be negative (`--gamma -0.4`); after `--` all words are positional.
 * @throws UsageError
 */
export function parseArgs(
  words: readonly string[],
  flags: readonly Flag[],
  positionals: readonly Positional[],
  command: string,
): ParsedArgs {
  const values = new Map<string, FlagValue>();
  const loose: string[] = [];
  for (let i = 0; i < words.length; i++) {
    const word = words[i];
    if (word === '--') {
      loose.push(...words.slice(i + 1));
      break;
    }
    if (!looksLikeFlag(word)) {
      loose.push(word);
      continue;
    }
    const { flag, shown, negated, value } = readFlagWord(word, flags, command);
    if (values.has(flag.name)) {
      throw new UsageError(`${command}: --${flag.name} is given twice`, { hint: 'keep one of them' });
    }
    if (flag.type.kind === 'boolean') {
      if (value !== undefined) {
        throw new UsageError(`${command}: ${shown} takes no value, got ${JSON.stringify(value)}`, {
          hint: `write --${flag.name} or --no-${flag.name}`,
        });
      }
      values.set(flag.name, !negated);
      continue;
    }
    let text = value;
    if (text === undefined) {
      const next = words[i + 1];
      if (next === undefined || next === '--' || looksLikeFlag(next)) {
        throw new UsageError(`${command}: ${shown} needs a value`, { hint: helpHint(command) });
      }
      text = next;
      i++;
    }
    values.set(flag.name, parseValue(flag.type, text, shown));
  }
  return {
    flags: values,
    positionals: assignPositionals(loose, positionals, command),
    rest: loose.slice(positionals.length),
  };
}

function assignPositionals(
  loose: readonly string[],
  positionals: readonly Positional[],
  command: string,
): Map<string, string> {
  const assigned = new Map<string, string>();
  for (const [i, positional] of positionals.entries()) {
    const word = loose[i];
    if (word === undefined) {
      if (positional.required) {
        throw new UsageError(`${command}: ${positional.name} is missing (${positional.help})`, {
          hint: helpHint(command),
        });
      }
      continue;
    }
    if (word === '') throw new UsageError(`${command}: ${positional.name} is empty`, { hint: helpHint(command) });
    if (positional.choices !== undefined && !positional.choices.includes(word)) {
      throw new UsageError(`${command}: unknown ${positional.name} ${JSON.stringify(word)}`, {
        hint: didYouMean(word, positional.choices, `use one of ${positional.choices.join(', ')}`),
      });
    }
    assigned.set(positional.name, word);
  }
  if (loose.length > positionals.length && positionals.at(-1)?.repeated !== true) {
    throw new UsageError(`${command}: unexpected argument ${JSON.stringify(loose[positionals.length])}`, {
      hint: helpHint(command),
    });
  }
  return assigned;
}
