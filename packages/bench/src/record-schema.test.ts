import { readdirSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { benchRecordSchema } from './record.ts';
import { benchRecordJsonSchema } from './record-schema.ts';

it('is the schema in the repository (npx bun packages/bench/scripts/write-record-schema.ts writes it)', () => {
  const committed = readFileSync(new URL('../schema/bench-record.schema.json', import.meta.url), 'utf8');
  expect(JSON.parse(committed)).toEqual(JSON.parse(JSON.stringify(benchRecordJsonSchema())));
});

/** Taken before records had a schema, and kept for the decision that cites it; what is said about records. */
const others = /(?:^two-cores|notes)\.json$/;

it('fits the committed records', () => {
  const folder = new URL('../../../results/bench/', import.meta.url);
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  const files = names.filter((file) => file.endsWith('.json') && !others.test(file));
  for (const file of files) benchRecordSchema.parse(JSON.parse(readFileSync(new URL(file, folder), 'utf8')));
});
