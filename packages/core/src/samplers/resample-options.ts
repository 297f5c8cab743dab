import { InvalidOptionError } from '@csx/wgsl-kernels';
import { z } from 'zod';
import { checkChoice } from '../method/check-choice.ts';
import { methodOptions } from '../method/method-options.ts';

/** Most neighbors of a row: `LatentOps.nearest` finds 32, of which the row itself is one. */
export const mostNeighbors = 31;

const neighbors = z.number().int().min(1).max(mostNeighbors);

const ownNeighbors = neighbors.default(5).describe('neighbors of its own class that a row is blended with');

const strategyNames = ['auto', 'minority', 'not minority', 'not majority', 'all'] as const;

/** How many rows each class is to have; see {@link resolveSamplingStrategy}. */
const samplingStrategySchema = z.union([
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

const label = z.number().int().min(0);

/** The options of each sampler; what is not given takes the default. */
export const resampleOptionsSchema = z.discriminatedUnion('sampler', [
  z.strictObject({ sampler: z.literal('random-oversampling'), ...common }),
  z.strictObject({
    sampler: z.literal('smote'),
    ...common,
    k: ownNeighbors,
  }),
  ...(['borderline-smote-1', 'borderline-smote-2'] as const).map((sampler) =>
    z.strictObject({
      sampler: z.literal(sampler),
      ...common,
      k: ownNeighbors,
      m: neighbors.default(10).describe('neighbors of any class that tell whether a row is in danger'),
    }),
  ),
  z.strictObject({
    sampler: z.literal('adasyn'),
    ...common,
    k: neighbors.default(5).describe('neighbors, of any class to weigh a row, and of its own to blend it with'),
  }),
  z.strictObject({
    sampler: z.literal('mwmote'),
    ...common,
    k1: neighbors.default(5).describe('neighbors of any class: a row with none of its own among them is noise'),
    k2: neighbors.default(3).describe('neighbors of other classes that make up the border'),
    k3: z
      .number()
      .int()
      .min(1)
      .optional()
      .describe('rows nearest to one of the border that count; half of the class unless given'),
    closenessCut: z
      .number()
      .positive()
      .default(5)
      .describe('inverse distance a column above which all rows are equally close'),
    closenessMax: z.number().positive().default(2).describe('the closeness of these'),
    clusterFactor: z
      .number()
      .positive()
      .default(3)
      .describe('how far apart merged clusters may be, in mean distances to the nearest row'),
  }),
  z.strictObject({
    sampler: z.literal('ramo'),
    ...common,
    k1: neighbors.default(5).describe('neighbors of any class that rank a row'),
    k2: neighbors.default(5).describe('neighbors of its own class that a row is blended with'),
    alpha: z.number().min(0).default(0.3).describe('how steeply the rank grows with neighbors of other classes'),
  }),
  z.strictObject({
    sampler: z.literal('eos'),
    ...common,
    k: neighbors.default(10).describe('neighbors of any class among which are the enemies'),
  }),
  z.strictObject({
    sampler: z.literal('extrapolation'),
    ...common,
    arm: z
      .enum(['random', 'top', 'bottom', 'asymmetric', 'algorithm1', 'algorithm2'])
      .default('asymmetric')
      .describe('which sample pairs are used, and where between them the new row is put'),
    classDistance: methodOptions.classDistance,
    assignment: methodOptions.assignment,
    classPairs: z
      .array(z.strictObject({ minor: label, major: label }))
      .readonly()
      .optional()
      .describe('for assignment fixed, by label'),
    pairAccuracy: methodOptions.pairAccuracy,
    samplePairs: methodOptions.samplePairs,
    selectionShare: methodOptions.selectionShare,
    placement: methodOptions.placement,
    reading: methodOptions.reading,
    gamma: methodOptions.gamma,
    pMax: methodOptions.pMax,
    pMin: methodOptions.pMin,
    tau: methodOptions.tau,
    separable: methodOptions.separable,
    overlapped: methodOptions.overlapped,
    algorithm2: methodOptions.algorithm2,
    iterations: methodOptions.iterations.describe('Algorithm 2: the iterations of which a pair gets a share'),
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
