import { InvalidOptionError } from '@csx/wgsl-kernels';
import { describe, expect, it } from 'vitest';
import { printError } from './print-error.ts';
import { createTerminal, wantsColor } from './terminal.ts';
import { clip, formatBytes, formatDuration, formatNumber, twoColumns, wrap } from './text.ts';

describe('wantsColor', () => {
  it.each([
    [true, {}, true],
    [false, {}, false],
    [true, { NO_COLOR: '1' }, false],
    [true, { NO_COLOR: '' }, true],
    [true, { TERM: 'dumb' }, false],
  ])('terminal %s with %j: %s', (isTty, environment, expected) => {
    expect(wantsColor(isTty, environment)).toBe(expected);
  });
});

describe('createTerminal', () => {
  const stream = (isTTY: boolean) => ({ isTTY, columns: 90, write: () => true });
  it.each([
    [true, {}, true],
    [false, {}, false],
    [true, { CI: 'true' }, false],
    [true, { TERM: 'dumb' }, false],
  ])('err a terminal: %s, with %j: live %s', (isTty, environment, live) => {
    expect(createTerminal(stream(true), stream(isTty), environment).live).toBe(live);
  });
});

describe('printError', () => {
  const print = (error: unknown, debug: boolean): string => {
    let text = '';
    const { err } = createTerminal({ write: () => true }, { write: (part) => (text += part) }, {});
    printError(error, err, debug);
    return text;
  };

  it('shows message and hint of our errors, and the stack only when debugging', () => {
    const error = new InvalidOptionError('what is wrong', { hint: 'Do this.', cause: new Error('deeper') });
    expect(print(error, false)).toBe('error: what is wrong\nhint: Do this.\n');
    expect(print(error, true)).toMatch(/error: what is wrong\nhint: Do this\.\n.*\n +at .*caused by: Error: deeper/s);
  });

  it('shows the stack of any other error', () => {
    expect(print(new TypeError('x is not a function'), false)).toMatch(
      /^error: unexpected: x is not a function\n.* at .*hint: /s,
    );
    expect(print('text', false)).toContain('error: unexpected: text');
  });
});

describe('text', () => {
  it('wraps at spaces', () => {
    expect(wrap('aa bb cc', 5)).toEqual(['aa bb', 'cc']);
    expect(wrap('aaaaaaa bb', 5)).toEqual(['aaaaaaa', 'bb']);
    expect(wrap('', 5)).toEqual(['']);
  });
  it('clips with an ellipsis', () => {
    expect([clip('abc', 3), clip('abcd', 3), clip('abcd', 0)]).toEqual(['abc', 'ab…', '…']);
  });
  it('formats numbers, bytes and times', () => {
    expect([0, 1.25, 12.5, 12_345].map(formatNumber)).toEqual(['0', '1.3', '13', '12,345']);
    expect(formatNumber(Number.NaN)).toBe('-');
    expect([512, 1536, 3 * 2 ** 30].map(formatBytes)).toEqual(['512 B', '1.5 KiB', '3.0 GiB']);
    expect([0, 9949, 9950, 59_499, 59_500, 3_599_499, 3_600_000].map(formatDuration)).toEqual([
      '0.0 s',
      '9.9 s',
      '10 s',
      '59 s',
      '1:00',
      '59:59',
      '1:00:00',
    ]);
  });
  it('puts a long name on its own line', () => {
    expect(
      twoColumns(
        [
          ['a', 'one'],
          ['b'.repeat(40), 'two'],
        ],
        80,
      ),
    ).toBe(`  a${' '.repeat(29)}one\n  ${'b'.repeat(40)}\n${' '.repeat(32)}two`);
  });
});
