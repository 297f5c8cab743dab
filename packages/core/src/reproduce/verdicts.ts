import { z } from 'zod';
import { type Claim, type Contrast, claims } from './claims.ts';
import { measure } from './measures.ts';
import { meanInterval } from './statistics/interval.ts';
import { signedRankTest } from './statistics/wilcoxon.ts';
import { experimentNames } from './studies.ts';
import type { StudyOutcomes } from './study-outcomes.ts';

/** Error rate of every decision. */
export const significance = 0.05;
/** Half a point of area or accuracy: a smaller difference is nobody's clear improvement. */
export const margin = 0.005;

/** With fewer, not even seeds that all agree give the signed-rank test a probability of at most {@link significance}. */
export const leastSeedCount = Math.ceil(-Math.log2(significance));

const decision = z.enum(['held', 'did not hold', 'undecided']);
export type Decision = z.output<typeof decision>;

const contrastVerdictSchema = z.strictObject({
  label: z.string(),
  relation: z.enum(['above', 'level', 'notBelow', 'always']),
  values: z.array(z.number().nullable()).describe('one a seed, in the order of the settings; null where it is missing'),
  mean: z.number().optional(),
  low: z.number().optional().describe('95 % interval of the mean (t), which needs two seeds'),
  high: z.number().optional(),
  probability: z.number().optional().describe('above, always: of the exact signed-rank test, one-sided'),
  decision,
});
export type ContrastVerdict = z.output<typeof contrastVerdictSchema>;

export const verdictSchema = z.strictObject({
  claim: z.string(),
  experiment: z.enum(experimentNames),
  text: z.string(),
  source: z.string(),
  against: z.string().optional(),
  decision,
  reason: z.string(),
  contrasts: z.array(contrastVerdictSchema),
});
export type Verdict = z.output<typeof verdictSchema>;

/**
 * Decides a claim: held if all of its contrasts do, not if one of them does not, else undecided.
 *
 * - `above` holds if the exact one-sided signed-rank test rejects "not above" at {@link significance}. It does not hold
 *   if the interval of the mean ends below {@link margin}: whatever the difference is, it is no clear one.
 * - `level` holds if the 90 % interval lies within the margin (two one-sided tests), and does not if the interval lies beyond it.
 * - `notBelow` holds if the 90 % interval begins above minus the margin, and does not if the interval ends below that.
 * - `always` holds, or not, if the signed-rank test of hits against misses says so.
 *
 * With fewer seeds than {@link leastSeedCount} nothing is decided.
 *
 * That all parts hold needs no correction: the chance that all of them hold by error is at most that of one. That one
 * of m does not is corrected: its interval is taken at a level of 1 - 0.05 / m (Bonferroni).
 */
export function judge(claim: Claim, studies: StudyOutcomes): Verdict {
  const contrasts = claim.contrasts.map((contrast) =>
    judgeContrast(contrast, contrastValues(contrast, studies), claim.contrasts.length),
  );
  const decisions = contrasts.map((one) => one.decision);
  const decided: Decision = decisions.includes('did not hold')
    ? 'did not hold'
    : decisions.every((one) => one === 'held')
      ? 'held'
      : 'undecided';
  const { id, experiment, text, source, against } = claim;
  return {
    claim: id,
    experiment,
    text,
    source,
    ...(against !== undefined && { against }),
    decision: decided,
    reason: reasonOf(decided, contrasts),
    contrasts,
  };
}

/** The verdicts on all claims of some experiments. */
export function judgeAll(experiments: readonly string[], studies: StudyOutcomes): Verdict[] {
  return claims.filter(({ experiment }) => experiments.includes(experiment)).map((claim) => judge(claim, studies));
}

/** A contrast seed by seed; undefined where one of its measures is. */
export function contrastValues({ terms }: Pick<Contrast, 'terms'>, studies: StudyOutcomes): (number | undefined)[] {
  const measured = terms.map(({ weight, measure: of }) => ({ weight, values: measure(studies, of) }));
  const seedCount = Math.max(...measured.map(({ values }) => values.length));
  return Array.from({ length: seedCount }, (_, seed) =>
    measured.reduce<number | undefined>((sum, { weight, values }) => {
      const value = values[seed];
      return sum === undefined || value === undefined ? undefined : sum + weight * value;
    }, 0),
  );
}

/** @param parts how many contrasts the claim has. */
function judgeContrast(
  { label, relation }: Contrast,
  values: readonly (number | undefined)[],
  parts: number,
): ContrastVerdict {
  const seen = values.filter((value) => value !== undefined);
  const interval = meanInterval(seen);
  const head = { label, relation, values: values.map((value) => value ?? null) };
  if (interval === undefined) return { ...head, decision: 'undecided' };
  const { mean, low, high } = interval;
  const figures = { ...head, mean, ...(low !== undefined && { low, high }) };
  const narrow = meanInterval(seen, 1 - 2 * significance);
  const corrected = meanInterval(seen, 1 - significance / parts);
  const endsBelow = (limit: number) => corrected?.high !== undefined && corrected.high < limit;
  const beginsAbove = (limit: number) => corrected?.low !== undefined && corrected.low > limit;
  const decide = (holds: boolean, fails: boolean): Decision => {
    if (seen.length < leastSeedCount) return 'undecided';
    return holds ? 'held' : fails ? 'did not hold' : 'undecided';
  };
  switch (relation) {
    case 'above': {
      const { greater } = signedRankTest(seen);
      return { ...figures, probability: greater, decision: decide(greater <= significance, endsBelow(margin)) };
    }
    case 'always': {
      const { greater, less } = signedRankTest(seen.map((value) => (value > 0.5 ? 1 : -1)));
      return {
        ...figures,
        probability: greater,
        decision: decide(greater <= significance, less <= significance / parts),
      };
    }
    case 'level': {
      const within =
        narrow?.low !== undefined && narrow.high !== undefined && narrow.low > -margin && narrow.high < margin;
      return { ...figures, decision: decide(within, endsBelow(-margin) || beginsAbove(margin)) };
    }
    case 'notBelow':
      return {
        ...figures,
        decision: decide(narrow?.low !== undefined && narrow.low > -margin, endsBelow(-margin)),
      };
  }
}

function reasonOf(decided: Decision, contrasts: readonly ContrastVerdict[]): string {
  const seeds = Math.min(...contrasts.map(({ values }) => values.filter((value) => value !== null).length));
  const parts = contrasts.length;
  const count = (wanted: Decision) => contrasts.filter((one) => one.decision === wanted).length;
  if (seeds === 0) return 'Not computed yet.';
  if (decided === 'held') return parts === 1 ? 'The test says so.' : `All ${parts} parts hold.`;
  if (decided === 'did not hold')
    return parts === 1 ? 'The figures say otherwise.' : `${count('did not hold')} of ${parts} parts do not hold.`;
  if (seeds < leastSeedCount)
    return `${seeds === 1 ? 'One seed decides' : `${seeds} seeds decide`} nothing; it takes ${leastSeedCount}.`;
  return parts === 1 ? 'The seeds do not agree well enough.' : `${count('undecided')} of ${parts} parts are open.`;
}
