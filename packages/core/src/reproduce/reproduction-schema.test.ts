import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { reproductionJsonSchema } from './reproduction-schema.ts';

it('is the schema in the repository (npx bun packages/core/scripts/write-record-schema.ts writes it)', () => {
  const committed = readFileSync(new URL('../../schema/reproduction.schema.json', import.meta.url), 'utf8');
  expect(JSON.parse(committed)).toEqual(JSON.parse(JSON.stringify(reproductionJsonSchema())));
});
