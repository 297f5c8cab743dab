import { z } from 'zod';
import type { ImageDataset } from '../data/image-set.ts';
import { runConfigSchema } from '../run/config.ts';
import { csxVersion } from '../run/version.ts';
import { ablationEffectSchema, ablationEffects } from './ablation-effects.ts';
import { areaSchema, areasOf, comparisonSchema, comparisonsOf } from './areas.ts';
import { classSpecific, classSpecificSchema } from './class-specific.ts';
import { foundPairs, foundPairsSchema } from './found-pairs.ts';
import { type JobPlan, requiredJobs } from './job-plan.ts';
import { type Outcome, outcomeSchema } from './outcome.ts';
import { type Picture, pictureSchema } from './pictures.ts';
import { type ExperimentName, experimentNames } from './studies.ts';
import { studyOutcomes } from './study-outcomes.ts';
import { judgeAll, verdictSchema } from './verdicts.ts';

/** Everything that the page of a reproduction shows, and what it was made from. */
export const reproductionSchema = z.strictObject({
  schemaVersion: z.literal(1),
  csxVersion: z.string(),
  settings: z.strictObject({
    experiments: z.array(z.enum(experimentNames)),
    seeds: z.array(z.number().int()),
    base: runConfigSchema.describe('what all studies share; its seed, arms and pairs are not used'),
  }),
  data: z.strictObject({
    name: z.string(),
    classNames: z.array(z.string()),
    hashes: z.record(z.string(), z.string()).describe('file -> sha256'),
  }),
  outcomes: z.array(outcomeSchema).describe('one a job that is done'),
  missing: z
    .array(z.strictObject({ job: z.string(), seed: z.number().int(), title: z.string() }))
    .describe('jobs that are not done'),
  verdicts: z.array(verdictSchema),
  areas: z.array(areaSchema),
  comparisons: z.array(comparisonSchema),
  classSpecific: classSpecificSchema.optional(),
  ablation: z.array(ablationEffectSchema),
  foundPairs: foundPairsSchema.optional(),
  pictures: z.array(pictureSchema),
});

export type Reproduction = z.output<typeof reproductionSchema>;

/**
 * Puts together what there is; jobs without an outcome are named as missing.
 * @param pictures of `classPictures`, for figure 3.
 */
export function buildReproduction(
  plan: JobPlan,
  outcomes: readonly Outcome[],
  { name, classNames, hashes }: Pick<ImageDataset, 'name' | 'classNames' | 'hashes'>,
  pictures: readonly Picture[],
): Reproduction {
  const { experiments, base } = plan.settings;
  const studies = studyOutcomes(plan, outcomes);
  const asked = (...names: readonly ExperimentName[]) => names.some((one) => experiments.includes(one));
  const done = new Set(outcomes.map(({ job }) => job));
  return {
    schemaVersion: 1,
    csxVersion,
    settings: {
      experiments: [...experiments],
      seeds: [...plan.settings.seeds],
      base,
    },
    data: { name, classNames: [...classNames], hashes: { ...hashes } },
    outcomes: [...outcomes],
    missing: requiredJobs(plan)
      .filter(({ kind, id }) => kind === 'arm' && !done.has(id))
      .map(({ id, seed, title }) => ({ job: id, seed, title })),
    verdicts: judgeAll(experiments, studies),
    areas: areasOf(studies),
    comparisons: comparisonsOf(studies),
    ...(asked('class-specific') && { classSpecific: classSpecific(studies) }),
    ablation: asked('ablation') ? ablationEffects(studies, base.method.retraining) : [],
    ...(asked('fig3') && { foundPairs: foundPairs(studies) }),
    pictures: asked('fig3') ? [...pictures] : [],
  };
}
