import { z } from 'zod';
import { runRecordSchema } from './record.ts';

/** The JSON Schema of record.json, for readers in other languages. */
export function runRecordJsonSchema(): unknown {
  return {
    title: 'csx run record',
    ...z.toJSONSchema(runRecordSchema, { io: 'output' }),
  };
}
