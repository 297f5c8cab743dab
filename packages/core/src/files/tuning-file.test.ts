import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSession, DataFormatError, tunableHashes } from '@csx/wgsl-kernels';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { HostDevice } from '../host/contract.ts';
import { requestAdapter } from '../host/node.ts';
import { type TuningTable, tunedAdapter, tunedChoice } from '../tuning/tuning-table.ts';
import { readTuning, tuningFile, writeTuning } from './tuning-file.ts';

const directory = mkdtempSync(join(tmpdir(), 'csx-tuning-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

let host: HostDevice;
let table: TuningTable;
beforeAll(async () => {
  host = await requestAdapter({});
  const session = createSession(host.device);
  const hashes = await tunableHashes(session);
  session.dispose();
  table = {
    schemaVersion: 1,
    tunedAt: '2026-01-01T00:00:00.000Z',
    adapter: tunedAdapter(host.adapter),
    cases: hashes.map((one) => ({ ...one, what: 'x', variant: 'plain', medianMs: { plain: 1 } })),
  };
});

it('a table is read as it was written, for its adapter only', async () => {
  expect(await readTuning(host.adapter, directory)).toBeUndefined();
  expect(await writeTuning(table, host.adapter, directory)).toBe(tuningFile(host.adapter, directory));
  expect(await readTuning(host.adapter, directory)).toEqual(table);
  const updated = { ...host.adapter, description: 'another driver' };
  expect(await readTuning(updated, directory)).toBeUndefined();
});

it('a file that is no table is refused, and named', async () => {
  const path = tuningFile(host.adapter, directory);
  for (const [text, message] of [
    ['{', 'not JSON'],
    [JSON.stringify({ ...table, schemaVersion: 2 }), 'schemaVersion'],
    [JSON.stringify({ ...table, cases: [{}] }), 'cases.0.kernel'],
  ]) {
    writeFileSync(path, text);
    await expect(readTuning(host.adapter, directory)).rejects.toThrow(DataFormatError);
    await expect(readTuning(host.adapter, directory)).rejects.toThrow(`${path}: ${message}`);
  }
});

it('its choice holds for the adapter and the code that were measured', async () => {
  const [first, second] = table.cases;
  const changed = { ...table, cases: [{ ...first, wgslHash: 'of other code' }, second] };
  const choice = await tunedChoice(changed, host);
  expect(choice(second.kernel, second.shapeClass)).toBe('plain');
  expect(choice(first.kernel, first.shapeClass)).toBeUndefined();
  expect(choice('nearest', 'no such class')).toBeUndefined();
  const elsewhere = { ...host, adapter: { ...host.adapter, implementationVersion: '0' } };
  expect((await tunedChoice(table, elsewhere))(second.kernel, second.shapeClass)).toBeUndefined();
});
