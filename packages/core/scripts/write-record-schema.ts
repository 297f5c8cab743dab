// Writes schema/run-record.schema.json: `npx bun packages/core/scripts/write-record-schema.ts`
import { writeFileSync } from 'node:fs';
import { runRecordJsonSchema } from '../src/run/record-schema.ts';

const target = new URL('../schema/run-record.schema.json', import.meta.url);
writeFileSync(target, `${JSON.stringify(runRecordJsonSchema(), undefined, 2)}\n`);
