import { z } from 'zod';
import { reproductionSchema } from './reproduction.ts';

/** The JSON Schema of reproduce.json, for readers in other languages. */
export function reproductionJsonSchema(): unknown {
  return {
    title: 'csx reproduction',
    ...z.toJSONSchema(reproductionSchema, { io: 'output' }),
  };
}
