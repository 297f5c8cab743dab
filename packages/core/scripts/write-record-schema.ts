// Writes schema/run-record.schema.json and schema/reproduction.schema.json: `npx bun packages/core/scripts/write-record-schema.ts`
import { writeFileSync } from 'node:fs';
import { reproductionJsonSchema } from '../src/reproduce/reproduction-schema.ts';
import { runRecordJsonSchema } from '../src/run/record-schema.ts';

const schemas = { 'run-record': runRecordJsonSchema(), reproduction: reproductionJsonSchema() };
for (const [name, schema] of Object.entries(schemas)) {
  const target = new URL(`../schema/${name}.schema.json`, import.meta.url);
  writeFileSync(target, `${JSON.stringify(schema, undefined, 2)}\n`);
}
