import { z } from 'zod';
import { benchRecordSchema } from './record.ts';

/** The JSON Schema of benchmark records as they are written, for readers in other languages; what may be left out is null. */
export function benchRecordJsonSchema(): unknown {
  return { title: 'csx benchmark record', ...z.toJSONSchema(benchRecordSchema, { io: 'input' }) };
}
