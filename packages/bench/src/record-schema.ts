import { z } from 'zod';
import { benchRecordSchema } from './record.ts';

/** The JSON Schema of benchmark records, for readers in other languages. */
export function benchRecordJsonSchema(): unknown {
  return { title: 'csx benchmark record', ...z.toJSONSchema(benchRecordSchema, { io: 'output' }) };
}
