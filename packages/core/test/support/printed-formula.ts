import { readFileSync } from 'node:fs';

/**
 * The formula that a source file prints in its documentation, made callable, so that a test
 * evaluates what a reader reads. `before` is the text just before the formula's opening backtick,
 * `names` are its variables, and `renamed` says which of its texts stand for a variable. A product
 * is printed as `2 n d`; `round` rounds halves up.
 */
export function printedFormula(
  file: URL,
  before: string,
  names: readonly string[],
  renamed: Readonly<Record<string, string>> = {},
): (...values: number[]) => number {
  const text = readFileSync(file, 'utf8')
    .replace(/\n\s*\*\s?/g, ' ')
    .replace(/\s+/g, ' ');
  const start = text.indexOf(`${before}\``);
  if (start < 0) throw new Error(`${file.pathname} prints no formula after "${before}"`);
  const from = start + before.length + 1;
  let formula = text.slice(from, text.indexOf('`', from));
  for (const [printed, name] of Object.entries(renamed)) formula = formula.replaceAll(printed, name);
  const expression = formula.replace(/([\w)]) (?=[\w(])/g, '$1 * ');
  const { round, max, min, floor, sqrt, exp, log } = Math;
  const functions = { round, max, min, floor, sqrt, exp, log };
  const run = new Function(...Object.keys(functions), ...names, `return ${expression};`);
  return (...values) => run(...Object.values(functions), ...values) as number;
}
