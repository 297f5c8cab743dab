import { describe, expect, it } from 'vitest';
import { madeUpOutcome } from '../../test/support/made-up-outcomes.ts';
import { paperClassPairs } from '../method/paper-class-pairs.ts';
import { runConfigSchema } from '../run/config.ts';
import { ablationEffects } from './ablation-effects.ts';
import { areasOf, comparisonsOf } from './areas.ts';
import { claims } from './claims.ts';
import { classSpecific } from './class-specific.ts';
import { foundPairs } from './found-pairs.ts';
import type { Outcome } from './outcome.ts';
import { type ExperimentName, experimentNames, figureArms, studiesOf } from './studies.ts';
import type { StudyOutcomes } from './study-outcomes.ts';
import { type Decision, judge, judgeAll } from './verdicts.ts';

/** A different small amount for each seed, so that no two differences are equal. */
const noise = (seed: number) => 0.0003 * seed;

type AreaOf = (arm: string, minor: string) => number;

/** Outcomes of figure 1 for so many seeds; `area` gives an arm's or the control's area of a pair. */
function figure1(seeds: number, area: AreaOf): StudyOutcomes {
  const minors = paperClassPairs.map(({ minor }) => minor);
  return new Map(
    figureArms.map((arm, a) => [
      `pairs/${arm}`,
      Array.from({ length: seeds }, (_, seed) =>
        madeUpOutcome({
          arm,
          seed,
          areas: Object.fromEntries(minors.map((minor) => [minor, area(arm, minor) + noise(seed) * (a + 1)])),
          controlAreas: Object.fromEntries(minors.map((minor) => [minor, area('control', minor) + noise(seed)])),
        }),
      ),
    ]),
  );
}

const verdictOn = (id: string, studies: StudyOutcomes): Decision => {
  const claim = claims.find((one) => one.id === id);
  if (claim === undefined) throw new Error(`no claim ${id}`);
  return judge(claim, studies).decision;
};

/** Areas as the paper would have them on truck-ship. */
const asClaimed: AreaOf = (arm) =>
  ({ asymmetric: 0.95, bottom: 0.93, random: 0.91, top: 0.9, none: 0.89 })[arm] ?? 0.88;

describe('a claim of an order', () => {
  it('holds where every seed agrees, if there are enough of them', () => {
    expect(verdictOn('truck-order', figure1(5, asClaimed))).toBe('held');
    expect(verdictOn('truck-order', figure1(4, asClaimed))).toBe('undecided');
    expect(
      judge(claims.find(({ id }) => id === 'truck-order') as (typeof claims)[number], figure1(4, asClaimed)).reason,
    ).toBe('4 seeds decide nothing; it takes 5.');
  });

  it('does not hold where one part is the other way round', () => {
    const swapped: AreaOf = (arm, minor) =>
      asClaimed(arm === 'bottom' ? 'random' : arm === 'random' ? 'bottom' : arm, minor);
    expect(verdictOn('truck-order', figure1(5, swapped))).toBe('did not hold');
  });

  it('does not hold where there is no difference worth the name', () => {
    const level: AreaOf = () => 0.9;
    expect(verdictOn('dog-order', figure1(5, level))).not.toBe('held');
    const studies = figure1(8, (arm) => (arm === 'asymmetric' || arm === 'bottom' ? 0.8985 : 0.9));
    expect(verdictOn('dog-order', studies)).toBe('did not hold');
  });

  it('is undecided where the seeds disagree widely', () => {
    const studies = figure1(6, asClaimed);
    const wide = new Map(
      [...studies].map(([key, outcomes]) => [key, key === 'pairs/bottom' ? outcomes.map(shifted) : outcomes]),
    );
    expect(verdictOn('truck-order', wide)).toBe('undecided');
  });
});

/** Every other seed far above or below. */
function shifted(outcome: Outcome | undefined, seed: number): Outcome | undefined {
  if (outcome === undefined) return undefined;
  const pairs = outcome.evaluation.pairs.map((pair) => ({
    ...pair,
    averagePrecision: pair.averagePrecision + (seed % 2 === 0 ? 0.04 : -0.04),
  }));
  return { ...outcome, evaluation: { ...outcome.evaluation, pairs } };
}

it('a claim of no difference holds within half a point, and not beyond', () => {
  expect(
    verdictOn(
      'airplane-biases',
      figure1(5, () => 0.97),
    ),
  ).toBe('held');
  expect(
    verdictOn(
      'airplane-biases',
      figure1(5, (arm) => (arm === 'top' ? 0.94 : 0.97)),
    ),
  ).toBe('did not hold');
  expect(
    verdictOn(
      'airplane-biases',
      figure1(1, () => 0.97),
    ),
  ).toBe('undecided');
});

it('an improvement may hold against the first epochs, and not against as many epochs', () => {
  const studies = figure1(5, (arm) => (arm === 'control' ? 0.9 : 0.95));
  expect(verdictOn('dog-improves-first-epochs', studies)).toBe('held');
  expect(verdictOn('dog-improves-equal-epochs', studies)).not.toBe('held');
});

it('counts a seed only where all of its jobs are there', () => {
  const studies = new Map(figure1(6, asClaimed));
  studies.set(
    'pairs/bottom',
    (studies.get('pairs/bottom') ?? []).map((one, seed) => (seed < 2 ? undefined : one)),
  );
  const [verdict] = judgeAll(['fig1'], studies).filter(({ claim }) => claim === 'truck-order');
  expect(verdict.decision).toBe('undecided');
  expect(verdict.contrasts[0].values.filter((value) => value === null)).toHaveLength(2);
});

describe('class-specific extrapolation', () => {
  const studies = (
    seeds: number,
    given: { overlapped?: string[]; accuracy?: number; flop?: number },
  ): StudyOutcomes => {
    const of = (arm: 'asymmetric' | 'algorithm1', flop: number, accuracy: number) =>
      Array.from({ length: seeds }, (_, seed) =>
        madeUpOutcome({
          arm,
          seed,
          areas: {},
          accuracy: accuracy + noise(seed) / 3,
          trainingFlop: flop + seed,
          overlapped: given.overlapped ?? [],
        }),
      );
    return new Map([
      ['pairs/asymmetric', of('asymmetric', 1000, 0.7)],
      ['pairs/algorithm1', of('algorithm1', given.flop ?? 1000, given.accuracy ?? 0.7)],
    ]);
  };

  it('has the overlapped pairs of the paper, or others', () => {
    expect(verdictOn('overlapped-pairs', studies(5, { overlapped: ['cat', 'deer'] }))).toBe('held');
    expect(verdictOn('overlapped-pairs', studies(5, { overlapped: [] }))).toBe('did not hold');
    expect(verdictOn('overlapped-pairs', studies(4, { overlapped: [] }))).toBe('undecided');
  });

  it('keeps the accuracy, or loses it', () => {
    expect(verdictOn('accuracy-kept', studies(5, {}))).toBe('held');
    expect(verdictOn('accuracy-kept', studies(5, { accuracy: 0.68 }))).toBe('did not hold');
  });

  it('saves operations, by the share that was measured', () => {
    const saving = studies(5, { flop: 800 });
    expect(verdictOn('cost-saved', saving)).toBe('held');
    expect(verdictOn('cost-saved', studies(5, { flop: 1200 }))).toBe('did not hold');
    expect(classSpecific(saving).savings[0].saved?.mean).toBeCloseTo(0.2, 3);
    expect(classSpecific(saving).pairs[0].overlapped).toEqual([false, false, false, false, false]);
  });
});

it('the pairs that a search finds are compared with the paper, seed by seed', () => {
  const of = (found: Record<string, string>) =>
    new Map([
      ['found-pairs/none', [0, 1, 2, 3, 4].map((seed) => madeUpOutcome({ arm: 'none', seed, areas: {}, found }))],
    ]);
  expect(verdictOn('found-pairs', of({}))).toBe('held');
  expect(verdictOn('found-pairs', of({ automobile: 'truck' }))).toBe('did not hold');
  expect(foundPairs(of({ automobile: 'truck' }))[0]).toEqual({
    minor: 'automobile',
    major: 'airplane',
    found: ['truck', 'truck', 'truck', 'truck', 'truck'],
    distance: 2,
    foundDistance: 1,
  });
});

it('areas are means with intervals, and all arms are compared with each other', () => {
  const studies = figure1(5, asClaimed);
  const [control] = areasOf(studies).filter(({ minor, series }) => minor === 'ship' && series === 'control');
  expect(control.averagePrecision).toMatchObject({ n: 5 });
  expect(control.averagePrecision.mean).toBeCloseTo(0.8806, 10);
  const ship = comparisonsOf(studies).filter(({ minor }) => minor === 'ship');
  expect(ship).toHaveLength(10);
  for (const { probability, corrected } of ship) {
    // Five seeds that agree: 2 / 2^5, and ten comparisons.
    expect(probability).toBe(0.0625);
    expect(corrected).toBe(0.625);
  }
});

it('an effect is the change against the base, paired by seed', () => {
  const make = (arm: 'asymmetric' | 'random', area: number) =>
    [0, 1].map((seed) =>
      madeUpOutcome({
        arm,
        seed,
        areas: Object.fromEntries(paperClassPairs.map(({ minor }) => [minor, area + seed * 0.1])),
      }),
    );
  const studies: StudyOutcomes = new Map([
    ['pairs/asymmetric', make('asymmetric', 0.5)],
    ['pairs/random', make('random', 0.52)],
    ['ablation/gamma=0.4', [make('asymmetric', 0.47)[0], undefined]],
  ]);
  const effects = ablationEffects(studies, 'head');
  const of = (factor: string, level: string) =>
    effects.find((effect) => effect.factor === factor && effect.level === level)?.averagePrecision;
  expect(of('arm', 'random')?.mean?.mean).toBeCloseTo(0.02, 12);
  expect(of('gamma', '0.4')?.mean).toMatchObject({ n: 1 });
  expect(of('gamma', '0.4')?.values).toEqual([expect.closeTo(-0.03, 12), null]);
  expect(of('d', 'density')?.mean).toBeUndefined();
});

describe('the claims', () => {
  it('have names of their own, and measure only what their experiment has', () => {
    expect(new Set(claims.map(({ id }) => id)).size).toBe(claims.length);
    const base = runConfigSchema.parse({});
    for (const { id, experiment, contrasts } of claims) {
      const keys = new Set(studiesOf(experiment as ExperimentName, base).map(({ key }) => key));
      for (const { terms } of contrasts)
        for (const { measure } of terms) {
          if (measure.kind !== 'averagePrecision') continue;
          const series = measure.series === 'control' ? 'none' : measure.series;
          expect(keys, id).toContain(`${measure.group}/${series}`);
        }
    }
  });

  it('are undecided, each of them, before anything is computed', () => {
    const verdicts = judgeAll(experimentNames, new Map());
    expect(verdicts).toHaveLength(claims.length);
    for (const { decision, reason } of verdicts) expect([decision, reason]).toEqual(['undecided', 'Not computed yet.']);
  });
});
