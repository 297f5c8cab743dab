import type { ClassPairText, FlagType, FlagValue, Range } from './flag.ts';
import { didYouMean } from './suggest.ts';
import { UsageError } from './usage-error.ts';

/** "0 to 1", "at least 1", "above 0, at most 10"; '' without bounds. */
export function describeRange({ min, max, above, below }: Range): string {
  if (min !== undefined && max !== undefined) return `${min} to ${max}`;
  const bounds: string[] = [];
  if (above !== undefined) bounds.push(`above ${above}`);
  if (min !== undefined) bounds.push(`at least ${min}`);
  if (max !== undefined) bounds.push(`at most ${max}`);
  if (below !== undefined) bounds.push(`below ${below}`);
  return bounds.join(', ');
}

/** "a number, 0 to 1", "a whole number, at least 1". */
export function describeNumber(type: { readonly integer: boolean } & Range): string {
  const range = describeRange(type);
  return `${type.integer ? 'a whole number' : 'a number'}${range === '' ? '' : `, ${range}`}`;
}

function parseNumber(type: { readonly integer: boolean } & Range, text: string, where: string): number {
  // Number() would also take '', ' 1 ', '0x10' and 'Infinity'.
  const value = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/.test(text) ? Number(text) : Number.NaN;
  const fits =
    Number.isFinite(value) &&
    (!type.integer || Number.isSafeInteger(value)) &&
    (type.min === undefined || value >= type.min) &&
    (type.max === undefined || value <= type.max) &&
    (type.above === undefined || value > type.above) &&
    (type.below === undefined || value < type.below);
  if (!fits) throw new UsageError(`${where}: got ${JSON.stringify(text)}, expected ${describeNumber(type)}`);
  return value;
}

function parseChoice(choices: readonly string[], text: string, where: string): string {
  if (choices.includes(text)) return text;
  throw new UsageError(`${where}: got ${JSON.stringify(text)}, expected one of ${choices.join(', ')}`, {
    hint: didYouMean(text, choices, `use one of ${choices.join(', ')}`),
  });
}

function splitList(text: string, where: string): string[] {
  const items = text.split(',').map((item) => item.trim());
  if (items.some((item) => item === '')) {
    throw new UsageError(
      `${where}: got ${JSON.stringify(text)}, expected names separated by commas, none of them empty`,
    );
  }
  const twice = items.find((item, i) => items.indexOf(item) !== i);
  if (twice !== undefined) throw new UsageError(`${where}: ${JSON.stringify(twice)} is listed twice`);
  return items;
}

function parsePair(text: string, where: string): ClassPairText {
  const [minor, major, ...rest] = text.split(':').map((part) => part.trim());
  if (!minor || !major || rest.length > 0) {
    throw new UsageError(
      `${where}: got ${JSON.stringify(text)}, expected minor:major, for example automobile:airplane`,
    );
  }
  return { minor, major };
}

function parseCount(text: string, where: string): [string, number] {
  const [name, count, ...rest] = text.split(':').map((part) => part.trim());
  if (!name || !/^[1-9]\d{0,8}$/.test(count ?? '') || rest.length > 0) {
    throw new UsageError(`${where}: got ${JSON.stringify(text)}, expected name:count, for example cat:500`);
  }
  return [name, Number(count)];
}

function parseCounts(text: string, where: string): Record<string, number> {
  const counts = splitList(text, where).map((item) => parseCount(item, where));
  const twice = counts.find(([name], i) => counts.findIndex(([other]) => other === name) !== i);
  if (twice !== undefined) throw new UsageError(`${where}: ${JSON.stringify(twice[0])} is listed twice`);
  return Object.fromEntries(counts);
}

function parseBoolean(text: string, where: string): boolean {
  if (['1', 'true', 'yes'].includes(text)) return true;
  if (['0', 'false', 'no'].includes(text)) return false;
  throw new UsageError(`${where}: got ${JSON.stringify(text)}, expected true or false`);
}

/**
 * Reads one value as its flag's type.
 * @param where what the message names: `--gamma`, `CSX_GAMMA`.
 * @throws UsageError saying what was got and what is expected.
 */
export function parseValue(type: FlagType, text: string, where: string): FlagValue {
  if (text === '') throw new UsageError(`${where}: the value is empty`);
  switch (type.kind) {
    case 'boolean':
      return parseBoolean(text, where);
    case 'text':
      return text;
    case 'number':
      return parseNumber(type, text, where);
    case 'choice':
      return parseChoice(type.choices, text, where);
    case 'list': {
      const { choices } = type;
      const items = splitList(text, where);
      return choices === undefined ? items : items.map((item) => parseChoice(choices, item, where));
    }
    case 'pairs':
      return splitList(text, where).map((item) => parsePair(item, where));
    case 'counts':
      return parseCounts(text, where);
  }
}
