import { z } from 'zod';
import { paperClassPairs } from '../method/paper-class-pairs.ts';
import type { ArmName } from '../run/config.ts';
import { meanIntervalSchema, plain } from './areas.ts';
import { armFlop, latentFlop, meanAveragePrecision, present, savedShare } from './measures.ts';
import type { Outcome } from './outcome.ts';
import { meanInterval } from './statistics/interval.ts';
import type { StudyOutcomes } from './study-outcomes.ts';

/** What the paper saves, in a way of counting that it does not give. */
export const paperSaving = 0.207;

const arms = ['none', 'random', 'asymmetric', 'algorithm1', 'algorithm2'] as const satisfies readonly ArmName[];

const measuredSchema = meanIntervalSchema.optional();

/** Algorithms 1 and 2 beside the arms that treat all pairs alike. */
export const classSpecificSchema = z.strictObject({
  pairs: z.array(
    z.strictObject({
      minor: z.string(),
      major: z.string(),
      accuracy: measuredSchema.describe('of the pair, on held-out images'),
      overlapped: z.array(z.boolean().nullable()).describe('accuracy <= tau; one a seed, null where it is missing'),
    }),
  ),
  arms: z.array(
    z.strictObject({
      arm: z.enum(arms),
      accuracy: measuredSchema,
      balancedAccuracy: measuredSchema,
      minorRecall: measuredSchema,
      averagePrecision: measuredSchema.describe('mean over the five pairs'),
      flop: measuredSchema.describe('operations after the first epochs'),
      syntheticCount: measuredSchema,
    }),
  ),
  savings: z
    .array(
      z.strictObject({
        label: z.string(),
        saved: measuredSchema.describe('share of what asymmetric takes for all pairs'),
      }),
    )
    .describe('of Algorithm 1 against asymmetric placement for all pairs, in several ways of counting'),
});
export type ClassSpecific = z.output<typeof classSpecificSchema>;

const wholeFlop = (outcome: Outcome) => armFlop(outcome) + outcome.backbone.trainingFlop;

const savings: readonly { readonly label: string; readonly cost: (outcome: Outcome) => number }[] = [
  { label: 'operations after the first epochs', cost: armFlop },
  { label: 'operations in latent space (pairing, ranking, placement)', cost: latentFlop },
  { label: 'all operations, first epochs included', cost: wholeFlop },
  { label: 'time of pairing, ranking and placement', cost: ({ timing }) => timing.pairingMs + timing.latentOpsMs },
];

export function classSpecific(studies: StudyOutcomes): ClassSpecific {
  const of = (arm: ArmName) => studies.get(`pairs/${arm}`) ?? [];
  const mean = (values: readonly (number | undefined)[]) => {
    const interval = meanInterval(present(values));
    return interval && plain(interval);
  };
  const deciding = of('algorithm1');
  const everywhere = of('asymmetric');
  return {
    pairs: paperClassPairs.map(({ minor, major }) => {
      const seeds = deciding.map((one) => one?.classPairs.find((pair) => pair.minor === minor));
      const accuracy = mean(seeds.map((pair) => pair?.accuracy));
      return { minor, major, ...(accuracy && { accuracy }), overlapped: seeds.map((pair) => pair?.overlapped ?? null) };
    }),
    arms: arms.map((arm) => {
      const outcomes = of(arm);
      const measured = {
        accuracy: mean(outcomes.map((one) => one?.evaluation.accuracy)),
        balancedAccuracy: mean(outcomes.map((one) => one?.evaluation.balancedAccuracy)),
        minorRecall: mean(outcomes.map((one) => one?.evaluation.minorRecall)),
        averagePrecision: mean(outcomes.map((one) => meanAveragePrecision(one?.evaluation, paperClassPairs))),
        flop: mean(outcomes.map((one) => one && armFlop(one))),
        syntheticCount: mean(outcomes.map((one) => one?.cost.syntheticCount)),
      };
      return { arm, ...Object.fromEntries(Object.entries(measured).filter(([, value]) => value !== undefined)) };
    }),
    savings: savings.map(({ label, cost }) => {
      const saved = mean(deciding.map((one, seed) => savedShare(one, everywhere[seed], cost)));
      return { label, ...(saved && { saved }) };
    }),
  };
}
