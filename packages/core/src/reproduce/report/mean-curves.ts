import type { PairCurve } from '../../report/charts/precision-recall.ts';
import type { SeriesName } from '../../report/series-style.ts';
import { type ClassPairNames, evaluationsOf, pairOf, present, type StudyGroup } from '../measures.ts';
import { curveRecalls, type PairOutcome } from '../outcome.ts';
import type { StudyOutcomes } from '../study-outcomes.ts';

export const figureSeries = ['control', 'none', 'random', 'top', 'bottom', 'asymmetric'] as const;

/** Curves of a pair, one a series: at each recall the mean precision over the seeds. Series without any seed are left out. */
export function meanCurves(studies: StudyOutcomes, group: StudyGroup, pair: ClassPairNames): PairCurve[] {
  return figureSeries.flatMap((name: SeriesName) => {
    const seeds = present(evaluationsOf(studies, group, name).map((evaluation) => pairOf(evaluation, pair)));
    const drawn = seeds.filter(({ precision }) => precision.length > 0);
    return drawn.length === 0 ? [] : [{ name, pair: meanOf(drawn) }];
  });
}

function meanOf(seeds: readonly PairOutcome[]): PairCurve['pair'] {
  const mean = (value: (pair: PairOutcome) => number) =>
    seeds.reduce((sum, pair) => sum + value(pair), 0) / seeds.length;
  const [{ minor, major }] = seeds;
  return {
    minor,
    major,
    averagePrecision: mean((pair) => pair.averagePrecision),
    trapezoidArea: mean((pair) => pair.trapezoidArea),
    curve: {
      recall: [...curveRecalls],
      precision: curveRecalls.map((_, i) => mean(({ precision }) => precision[i])),
    },
  };
}
