// Writes schema/bench-record.schema.json: `npx bun packages/bench/scripts/write-record-schema.ts`
import { writeFileSync } from 'node:fs';
import { benchRecordJsonSchema } from '../src/record-schema.ts';

const target = new URL('../schema/bench-record.schema.json', import.meta.url);
writeFileSync(target, `${JSON.stringify(benchRecordJsonSchema(), undefined, 2)}\n`);
