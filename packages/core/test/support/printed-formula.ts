import { readFileSync } from 'node:fs';

/** Rounds as the method does: halves up. */
const round = Math.round;
const max = Math.max;
const min = Math.min;

/**
 * The formula that a source file prints in its documentation, made callable, so that a test
 * evaluates what a reader reads. `before` is the text just before the formula's opening backtick;
 * `names` are the variables that appear in it (`min acc` is written `minAcc` here).
 */
export function printedFormula(file: URL, before: string, names: readonly string[]): (...values: number[]) => number {
  const text = readFileSync(file, 'utf8').replace(/\n\s*\*\s?/g, ' ');
  const start = text.indexOf(`${before}\``);
  if (start < 0) throw new Error(`${file.pathname} prints no formula after "${before}"`);
  const formula = text.slice(start + before.length + 1, text.indexOf('`', start + before.length + 1));
  const expression = formula
    .replaceAll('min acc', 'minAcc')
    // Products are printed by a space alone: 2 n d c.
    .replace(/([\w)]) (?=[\w(])/g, '$1 * ');
  const run = new Function('round', 'max', 'min', ...names, `return ${expression};`);
  return (...values) => run(round, max, min, ...values) as number;
}
