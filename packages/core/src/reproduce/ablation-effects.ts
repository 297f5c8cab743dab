import { z } from 'zod';
import { paperClassPairs } from '../method/paper-class-pairs.ts';
import { armNames, type RunConfig } from '../run/config.ts';
import { ablationFactors, ablationKey } from './ablation.ts';
import { meanIntervalSchema, plain } from './areas.ts';
import { meanAveragePrecision, present } from './measures.ts';
import type { Outcome } from './outcome.ts';
import { meanInterval } from './statistics/interval.ts';
import type { StudyOutcomes } from './study-outcomes.ts';

const effectSchema = z.strictObject({
  values: z.array(z.number().nullable()).describe('one a seed, in the order of the settings; null where it is missing'),
  mean: meanIntervalSchema.optional(),
});

/** What one reading, or another arm, changes against the base. */
export const ablationEffectSchema = z.strictObject({
  factor: z.string(),
  title: z.string(),
  arm: z.enum(armNames).describe('whose base is compared with'),
  base: z.string(),
  level: z.string(),
  isOptional: z.boolean().describe('shown where another call has left it, and never asked for'),
  averagePrecision: effectSchema.describe('mean over the five pairs'),
  balancedAccuracy: effectSchema,
  minorRecall: effectSchema,
});
export type AblationEffect = z.output<typeof ablationEffectSchema>;

/** Factor of the rows that put another arm in place of asymmetric: what the effects of readings are to be seen beside. */
export const armFactor = 'arm';

/** The effects of all readings, paired by seed: the same network, images and order of training. */
export function ablationEffects(
  studies: StudyOutcomes,
  retraining: RunConfig['method']['retraining'],
): AblationEffect[] {
  const effect = (study: string, base: string) => {
    const [ours, theirs] = [studies.get(study) ?? [], studies.get(base) ?? []];
    const paired = (of: (outcome: Outcome) => number | undefined) => {
      const values = theirs.map((other, seed) => {
        const own = ours[seed];
        const [a, b] = [own && of(own), other && of(other)];
        return a === undefined || b === undefined ? null : a - b;
      });
      const mean = meanInterval(present(values.map((value) => value ?? undefined)));
      return { values, ...(mean && { mean: plain(mean) }) };
    };
    return {
      averagePrecision: paired(({ evaluation }) => meanAveragePrecision(evaluation, paperClassPairs)),
      balancedAccuracy: paired(({ evaluation }) => evaluation.balancedAccuracy),
      minorRecall: paired(({ evaluation }) => evaluation.minorRecall),
    };
  };
  const arms = (['none', 'random', 'top', 'bottom', 'algorithm1', 'algorithm2'] as const).map((arm) => ({
    factor: armFactor,
    title: 'another arm',
    arm: 'asymmetric' as const,
    base: 'asymmetric',
    level: arm,
    isOptional: false,
    ...effect(`pairs/${arm}`, 'pairs/asymmetric'),
  }));
  const readings = ablationFactors(retraining).flatMap((factor) =>
    factor.levels.map(({ label }) => ({
      factor: factor.id,
      title: factor.title,
      arm: factor.arm,
      base: factor.base,
      level: label,
      isOptional: factor.isOptional,
      ...effect(ablationKey(factor, label), `pairs/${factor.arm}`),
    })),
  );
  return [...arms, ...readings];
}
