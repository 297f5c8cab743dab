import { InvalidOptionError } from '@csx/core';
import { expect, it } from 'vitest';
import { parseCompareOptions } from './compare-options.ts';

it('has defaults, and takes what is given', () => {
  expect(parseCompareOptions(['a.json', 'b.json'])).toEqual({
    files: ['a.json', 'b.json'],
    baseline: 1,
    html: undefined,
    json: undefined,
    notes: undefined,
    help: false,
  });
  const given = ['a', '--baseline', '2', 'b', '--html', 'x.html', '--json', '-', '--notes', 'n.json'];
  expect(parseCompareOptions(given)).toMatchObject({ baseline: 2, html: 'x.html', json: '-', notes: 'n.json' });
  expect(parseCompareOptions(['--help']).help).toBe(true);
});

it.each([
  [[], /got 0 record\(s\), expected 2 to 26/],
  [['a'], /got 1 record\(s\)/],
  [Array.from({ length: 27 }, () => 'a'), /got 27 record\(s\)/],
  [['a', 'b', '--baseline', '3'], /--baseline is "3", expected a whole number from 1 to 2/],
  [['a', 'b', '--baseline', '0'], /--baseline is "0"/],
  [['a', 'b', '--baseline', '1.5'], /--baseline is "1.5"/],
  [['a', 'b', '--html', ''], /--html is empty/],
  [['a', 'b', '--htlm', 'x'], /--htlm/],
])('refuses %j', (args, message) => {
  expect(() => parseCompareOptions(args)).toThrow(InvalidOptionError);
  expect(() => parseCompareOptions(args)).toThrow(message);
});
