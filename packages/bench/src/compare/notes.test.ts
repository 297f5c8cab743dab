import { DataFormatError } from '@csx/core';
import { expect, it } from 'vitest';
import { named, smallRecord } from '../../test/support/small-records.ts';
import { parseNotes } from './notes.ts';

const records = named(smallRecord('node-swiftshader'), smallRecord('node-lavapipe'));
const parse = (notes: unknown) => parseNotes('notes.json', JSON.stringify(notes), records);

it('takes sentences on records, suites, cases and candidates, in their order', () => {
  expect(parse({ B: 'b', '0.json': 'a', nearest: 'c', 'nearest: 1000 x 1000 x 128': 'd', 'csx-gpu': 'e' })).toEqual([
    { about: `B: ${records[1].name}`, text: 'b' },
    { about: `A: ${records[0].name}`, text: 'a' },
    { about: 'nearest', text: 'c' },
    { about: 'nearest: 1000 x 1000 x 128', text: 'd' },
    { about: 'csx on WebGPU', text: 'e' },
  ]);
});

it.each([
  [{ nearset: 'typed wrongly' }, /notes\.json has a note on "nearset"/],
  [{ nearest: '' }, /notes\.json: nearest: /],
  [{ nearest: 3 }, /notes\.json: nearest: /],
  [['nearest'], /notes\.json: notes: /],
])('refuses %j', (notes, message) => {
  expect(() => parse(notes)).toThrow(DataFormatError);
  expect(() => parse(notes)).toThrow(message);
});

it('refuses what is no JSON', () => {
  expect(() => parseNotes('notes.txt', 'B: because', records)).toThrow(/notes\.txt is no whole JSON document/);
});
