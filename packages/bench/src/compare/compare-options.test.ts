import { InvalidOptionError } from '@csx/core';
import { expect, it } from 'vitest';
import { compareOptions } from './compare-options.ts';

it('has defaults, and takes what is given', () => {
  expect(compareOptions(new Map(), ['a.json', 'b.json'])).toEqual({
    files: ['a.json', 'b.json'],
    baseline: 1,
    html: undefined,
    json: undefined,
    notes: undefined,
  });
  const given = new Map<string, unknown>([
    ['baseline', 2],
    ['html', 'x.html'],
    ['json', '-'],
    ['notes', 'n.json'],
  ]);
  expect(compareOptions(given, ['a', 'b'])).toMatchObject({ baseline: 2, html: 'x.html', json: '-', notes: 'n.json' });
});

it.each([
  [[], 1, /got 0 record\(s\), expected 2 to 26/],
  [['a'], 1, /got 1 record\(s\)/],
  [Array.from({ length: 27 }, () => 'a'), 1, /got 27 record\(s\)/],
  [['a', 'b'], 3, /--baseline is 3, expected a whole number from 1 to 2/],
])('refuses %j, compared with %d', (files, baseline, message) => {
  const compare = () => compareOptions(new Map([['baseline', baseline]]), files);
  expect(compare).toThrow(InvalidOptionError);
  expect(compare).toThrow(message);
});
