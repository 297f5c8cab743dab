import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { runRecordSchema } from './record.ts';

const results = new URL('../../../../results/', import.meta.url);
const runs = readdirSync(results).filter((name) => existsSync(new URL(`${name}/record.json`, results)));

it('has committed runs', () => expect(runs).toContain('mini-seed0'));

it.each(runs)('the record of %s is of the current schema and has a report beside it', (name) => {
  const record = JSON.parse(readFileSync(new URL(`${name}/record.json`, results), 'utf8'));
  expect(() => runRecordSchema.parse(record)).not.toThrow();
  expect(existsSync(new URL(`${name}/report.html`, results))).toBe(true);
});
