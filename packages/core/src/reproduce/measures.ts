import type { ArmName } from '../run/config.ts';
import type { Outcome, PairOutcome, ShortEvaluation } from './outcome.ts';
import { figureArms, ratioPair, type ratios } from './studies.ts';
import type { StudyOutcomes } from './study-outcomes.ts';

/** What figures compare: the arms, and the network after its first epochs. */
export type SeriesOfStudy = ArmName | 'control';

export interface ClassPairNames {
  readonly minor: string;
  readonly major: string;
}

/** Studies of figures 1 and 2 by the first part of their keys. */
export type StudyGroup = 'pairs' | (typeof ratios)[number]['key'];

/** A number that an experiment gives for each seed. Plain data, so that claims and records can name it. */
export type Measure =
  | {
      readonly kind: 'averagePrecision';
      readonly group: StudyGroup;
      readonly series: SeriesOfStudy;
      readonly pair: ClassPairNames;
    }
  /** Of all classes, over the five pairs. */
  | { readonly kind: 'accuracy'; readonly series: SeriesOfStudy }
  /** Share of the operations after the first epochs that Algorithm 1 saves against asymmetric placement everywhere. */
  | { readonly kind: 'savedCost' }
  /** 1 where exactly these pairs are overlapped at the threshold, else 0. */
  | { readonly kind: 'overlappedAre'; readonly minors: readonly string[] }
  /** 1 where the closest majors are the paper's, else 0. */
  | { readonly kind: 'foundPairsAre'; readonly pairs: readonly ClassPairNames[] };

/** A measure for every seed, in the order of the settings; undefined where a job is missing. */
export function measure(studies: StudyOutcomes, of: Measure): (number | undefined)[] {
  switch (of.kind) {
    case 'averagePrecision':
      return evaluationsOf(studies, of.group, of.series).map((one) => pairOf(one, of.pair)?.averagePrecision);
    case 'accuracy':
      return evaluationsOf(studies, 'pairs', of.series).map((one) => one?.accuracy);
    case 'savedCost': {
      const everywhere = studies.get('pairs/asymmetric') ?? [];
      return (studies.get('pairs/algorithm1') ?? []).map((one, i) => savedShare(one, everywhere[i], armFlop));
    }
    case 'overlappedAre':
      return (studies.get('pairs/algorithm1') ?? []).map(
        (one) => one && Number(sameNames(overlappedMinors(one), of.minors)),
      );
    case 'foundPairsAre':
      return (studies.get('found-pairs/none') ?? []).map(
        (one) => one && Number(sameNames(one.automaticPairs.map(pairName), of.pairs.map(pairName))),
      );
  }
}

const pairName = ({ minor, major }: ClassPairNames) => `${minor}-${major}`;

const sameNames = (a: readonly string[], b: readonly string[]) => [...a].sort().join() === [...b].sort().join();

/** Minor classes of the pairs whose accuracy is at most the threshold. */
export function overlappedMinors({ classPairs }: Outcome): string[] {
  return classPairs.filter(({ overlapped }) => overlapped).map(({ minor }) => minor);
}

/** `1 - one / other`; undefined where one is missing. */
export function savedShare(
  one: Outcome | undefined,
  other: Outcome | undefined,
  cost: (outcome: Outcome) => number,
): number | undefined {
  return one && other && 1 - cost(one) / cost(other);
}

/** One evaluation a seed; the control is that of whatever arm of the group there is. */
export function evaluationsOf(
  studies: StudyOutcomes,
  group: StudyGroup,
  series: SeriesOfStudy,
): (ShortEvaluation | undefined)[] {
  if (series !== 'control') return (studies.get(`${group}/${series}`) ?? []).map((outcome) => outcome?.evaluation);
  const arms = figureArms.map((arm) => studies.get(`${group}/${arm}`) ?? []);
  const seedCount = Math.max(0, ...arms.map(({ length }) => length));
  return Array.from({ length: seedCount }, (_, seed) => arms.map((outcomes) => outcomes[seed]).find((o) => o)?.control);
}

/** A pair's part of an evaluation. */
export function pairOf(
  evaluation: Pick<ShortEvaluation, 'pairs'> | undefined,
  { minor, major }: ClassPairNames,
): PairOutcome | undefined {
  return evaluation?.pairs.find((pair) => pair.minor === minor && pair.major === major);
}

/** Mean average precision over some pairs; undefined where one is missing. */
export function meanAveragePrecision(
  evaluation: Pick<ShortEvaluation, 'pairs'> | undefined,
  pairs: readonly ClassPairNames[],
): number | undefined {
  const found = present(pairs.map((pair) => pairOf(evaluation, pair)?.averagePrecision));
  if (found.length < pairs.length) return undefined;
  return found.reduce((sum, value) => sum + value, 0) / pairs.length;
}

/** Counted operations of an arm after the first epochs, which all arms share. */
export function armFlop({ cost }: Pick<Outcome, 'cost'>): number {
  return cost.pairingFlop + cost.rankingFlop + cost.placementFlop + cost.projectionFlop + cost.trainingFlop;
}

/** Those of them in latent space: finding pairs, ranking and placing. */
export function latentFlop({ cost }: Pick<Outcome, 'cost'>): number {
  return cost.pairingFlop + cost.rankingFlop + cost.placementFlop;
}

/** Values that are there. */
export const present = <T>(values: readonly (T | undefined)[]): T[] =>
  values.filter((value): value is T => value !== undefined);

/** The pairs that a group of studies is drawn for. */
export const groupPairs = (group: StudyGroup, fivePairs: readonly ClassPairNames[]): readonly ClassPairNames[] =>
  group === 'pairs' ? fivePairs : [ratioPair];
