import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DataFormatError } from '@csx/core';
import { describe, expect, it } from 'vitest';
import { named, smallRecord, smallRecordFile } from '../../test/support/small-records.ts';
import { parseRecord, readRecords } from './read-records.ts';

const text = readFileSync(smallRecordFile('node-swiftshader'), 'utf8');
const altered = (change: (record: Record<string, unknown>) => void) => {
  const value = JSON.parse(text) as Record<string, unknown>;
  change(value);
  return JSON.stringify(value);
};

it('reads records, and names them by who they are', async () => {
  const records = await readRecords([smallRecordFile('node-swiftshader'), smallRecordFile('node-lavapipe')]);
  expect(records.map(({ key, name, file }) => [key, name, file])).toEqual([
    ['A', 'node 20.20.2, dawn 0.6.2, swiftshader, 2026-11-25', 'node-swiftshader.json'],
    ['B', 'node 20.20.2, dawn 0.6.2, llvmpipe, 2026-11-25', 'node-lavapipe.json'],
  ]);
  expect(records[0].record).toEqual(smallRecord('node-swiftshader'));
});

it('tells records of one implementation, adapter and day apart by the time, or by their files', () => {
  const later = smallRecord('node-swiftshader');
  later.startedAt = '2026-11-25T23:59:58.000Z';
  const twins = named(smallRecord('node-swiftshader'), later, later);
  expect(twins.map(({ name }) => name.split(', ').slice(3).join(', '))).toEqual([
    '2026-11-25 14:00:38 UTC',
    '2026-11-25 23:59:58 UTC, 1.json',
    '2026-11-25 23:59:58 UTC, 2.json',
  ]);
});

describe('refuses, naming the file,', () => {
  it.each([
    ['an empty file', '', /bad\.json is no whole JSON document \(it is empty\)/],
    [
      'a truncated one',
      text.slice(0, text.length / 2),
      /bad\.json is no whole JSON document .*; expected a benchmark record of schemaVersion 1/,
    ],
    ['JSON that is no object', 'null', /bad\.json has no schemaVersion/],
    ['a record from before there was a schema', '{"results":[]}', /bad\.json has no schemaVersion/],
    [
      'another version',
      altered((record) => {
        record.schemaVersion = 2;
      }),
      /bad\.json has schemaVersion 2; expected a benchmark record of schemaVersion 1/,
    ],
    [
      'a missing part',
      altered((record) => {
        record.runtime = undefined;
      }),
      /bad\.json is no benchmark record: runtime: /,
    ],
    [
      'a part of another type',
      altered((record) => {
        record.results = 3;
      }),
      /bad\.json is no benchmark record: results: /,
    ],
    [
      'a case twice',
      altered((record) => {
        record.results = [...(record.results as []), ...(record.results as [])];
      }),
      /bad\.json has two results of csx-gpu for "nearest: 1000 x 1000 x 128"/,
    ],
  ])('%s', (_, bad, message) => {
    const parse = () => parseRecord('bad.json', bad);
    expect(parse).toThrow(DataFormatError);
    expect(parse).toThrow(message);
    expect(parseRecord('good.json', text).schemaVersion).toBe(1);
  });

  it('one that is not there, and one that is no text', async () => {
    const good = smallRecordFile('node-swiftshader');
    await expect(readRecords([good, '/nowhere/x.json'])).rejects.toThrow(
      /\/nowhere\/x\.json cannot be read: there is no such file/,
    );
    const binary = join(mkdtempSync(join(tmpdir(), 'csx-compare-')), 'binary.json');
    writeFileSync(binary, new Uint8Array([0xff, 0xfe, 0xfd]));
    await expect(readRecords([good, binary])).rejects.toThrow(DataFormatError);
    await expect(readRecords([good, good])).resolves.toHaveLength(2);
  });
});
