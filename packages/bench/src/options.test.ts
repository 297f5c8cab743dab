import { InvalidOptionError } from '@csx/core';
import { expect, it } from 'vitest';
import { parseOptions } from './options.ts';

it('has defaults, and takes what is given', () => {
  expect(parseOptions([], 4)).toEqual({
    filter: '',
    json: undefined,
    list: false,
    listAdapters: false,
    samples: 20,
    budgetMs: 120_000,
    adapter: '',
    threads: 4,
    python: 'python3',
    browser: false,
  });
  const given = ['--filter', 'training', '--json', 'x.json', '--samples', '5', '--budget', '1.5', '--threads', '2'];
  expect(parseOptions(given, 4)).toMatchObject({
    filter: 'training',
    json: 'x.json',
    samples: 5,
    budgetMs: 1500,
    threads: 2,
  });
});

it.each([
  [['--sample', '3'], /--sample/],
  [['extra'], /extra/],
  [['--samples', '2.5'], /--samples is "2.5", expected a whole number above 0/],
  [['--samples', '0'], /--samples is "0"/],
  [['--budget', '-1'], /--budget/],
  [['--budget', 'Infinity'], /--budget is "Infinity"/],
  [['--threads', 'two'], /--threads is "two"/],
  [['--json', ''], /--json is empty/],
  [['--json'], /--json/],
])('refuses %j', (args, message) => {
  const parse = () => parseOptions(args, 4);
  expect(parse).toThrow(InvalidOptionError);
  expect(parse).toThrow(message);
});
