import { InvalidOptionError } from '@csx/core';
import { expect, it } from 'vitest';
import { benchOptions } from './options.ts';

it('has defaults, and takes what is given', () => {
  expect(benchOptions(new Map(), 4)).toEqual({
    filter: '',
    candidates: undefined,
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
  const given = { filter: 'training', json: 'x.json', samples: 5, budget: 1.5, threads: 2, 'list-adapters': true };
  expect(benchOptions(new Map(Object.entries(given)), 4)).toMatchObject({
    filter: 'training',
    json: 'x.json',
    samples: 5,
    budgetMs: 1500,
    threads: 2,
    listAdapters: true,
  });
});

it('knows the candidates by their names', () => {
  const named = (text: string) => benchOptions(new Map([['candidates', text]]), 4).candidates;
  expect(named('csx-gpu, jax-js')).toEqual(['csx-gpu', 'jax-js']);
  expect(() => named('csx-gpu,jax')).toThrow(InvalidOptionError);
  expect(() => named('csx-gpu,jax')).toThrow('--candidates names "jax", which there is not');
  expect(() => named('')).toThrow('--candidates names ""');
});
