import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { runRecordJsonSchema } from './record-schema.ts';

it('is the schema in the repository (npx bun packages/core/scripts/write-record-schema.ts writes it)', () => {
  const committed = readFileSync(new URL('../../schema/run-record.schema.json', import.meta.url), 'utf8');
  expect(JSON.parse(committed)).toEqual(JSON.parse(JSON.stringify(runRecordJsonSchema())));
});
