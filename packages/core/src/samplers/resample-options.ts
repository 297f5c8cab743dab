import { InvalidOptionError } from '@csx/wgsl-kernels';
import { z } from 'zod';
import { checkChoice } from '../method/check-choice.ts';

/** Most neighbors of a row: `LatentOps.nearest` finds 32, of which the row itself is one. */
export const mostNeighbors = 31;

const neighbors = z.number().int().min(1).max(mostNeighbors);

const strategyNames = ['auto', 'minority', 'not minority', 'not majority', 'all'] as const;

/** How many rows each class is to have; see {@link resolveSamplingStrategy}. */
export const samplingStrategySchema = z.union([
  z.enum(strategyNames),
  z.record(z.string().regex(/^\d+$/), z.number().int()),
  z.number(),
]);

const common = {
  samplingStrategy: samplingStrategySchema
    .default('auto')
    .describe('which classes get rows: a name, the count of each class, or for two classes a ratio'),
  seed: z.number().int().min(0).max(0xffffffff).default(0).describe('seed of every random stream'),
};

/** The options of each sampler; what is not given takes the default. */
export const resampleOptionsSchema = z.discriminatedUnion('sampler', [
  z.strictObject({ sampler: z.literal('random-oversampling'), ...common }),
  z.strictObject({
    sampler: z.literal('smote'),
    ...common,
    k: neighbors.default(5).describe('neighbors of its own class that a row is blended with'),
  }),
]);

/** Options, complete. */
export type ResampleOptions = z.output<typeof resampleOptionsSchema>;
/** Options as a caller gives them. */
export type ResampleOptionsInput = z.input<typeof resampleOptionsSchema>;
export type SamplingStrategy = z.output<typeof samplingStrategySchema>;
export type SamplerName = ResampleOptions['sampler'];
/** The options of one sampler. */
export type OptionsOf<Name extends SamplerName> = Extract<ResampleOptions, { sampler: Name }>;

export const samplerNames = resampleOptionsSchema.options.map((option) => option.shape.sampler.value);

/** The options with their defaults; throws InvalidOptionError for one that is unknown or out of range. */
export function readResampleOptions(options: ResampleOptionsInput): ResampleOptions {
  checkChoice('resample', 'sampler', options.sampler, samplerNames);
  const parsed = resampleOptionsSchema.safeParse(options);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map(({ path, message }) => [...path, message].join(': '));
  throw new InvalidOptionError(`resample: ${problems.join('; ')}`, { cause: parsed.error });
}
