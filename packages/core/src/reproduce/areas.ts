import { z } from 'zod';
import { paperClassPairs } from '../method/paper-class-pairs.ts';
import { evaluationsOf, groupPairs, pairOf, present, type SeriesOfStudy, type StudyGroup } from './measures.ts';
import { holm } from './statistics/holm.ts';
import { type MeanInterval, meanInterval } from './statistics/interval.ts';
import { signedRankTest } from './statistics/wilcoxon.ts';
import { figureArms } from './studies.ts';
import type { StudyOutcomes } from './study-outcomes.ts';

/** A mean over seeds; `low` and `high` bound its 95 % interval (t), which takes two seeds. */
export const meanIntervalSchema = z.strictObject({
  n: z.number().int(),
  mean: z.number(),
  low: z.number().optional(),
  high: z.number().optional(),
});

const groups = ['pairs', 'ratio-3', 'ratio-6', 'ratio-10'] as const satisfies readonly StudyGroup[];
const seriesNames = ['control', ...figureArms] as const satisfies readonly SeriesOfStudy[];

export const areaSchema = z.strictObject({
  group: z.enum(groups),
  minor: z.string(),
  major: z.string(),
  series: z.enum(seriesNames),
  averagePrecision: meanIntervalSchema,
  trapezoidArea: meanIntervalSchema,
});
export type Area = z.output<typeof areaSchema>;

export const comparisonSchema = z.strictObject({
  group: z.enum(groups),
  minor: z.string(),
  major: z.string(),
  first: z.enum(seriesNames),
  second: z.enum(seriesNames),
  difference: meanIntervalSchema.describe('average precision of the first minus that of the second'),
  probability: z.number().describe('exact signed-rank test, two-sided'),
  corrected: z.number().describe("by Holm's method, among the comparisons of this pair"),
});
export type Comparison = z.output<typeof comparisonSchema>;

/** The areas of figures 1 and 2, of all series that at least one seed has. */
export function areasOf(studies: StudyOutcomes): Area[] {
  return groups.flatMap((group) =>
    groupPairs(group, paperClassPairs).flatMap(({ minor, major }) =>
      seriesNames.flatMap((series) => {
        const pairs = present(evaluationsOf(studies, group, series).map((one) => pairOf(one, { minor, major })));
        const averagePrecision = meanInterval(pairs.map((pair) => pair.averagePrecision));
        const trapezoidArea = meanInterval(pairs.map((pair) => pair.trapezoidArea));
        if (averagePrecision === undefined || trapezoidArea === undefined) return [];
        return [
          {
            group,
            minor,
            major,
            series,
            averagePrecision: plain(averagePrecision),
            trapezoidArea: plain(trapezoidArea),
          },
        ];
      }),
    ),
  );
}

/** All arms of figures 1 and 2 against each other, seed by seed; only pairs of arms that have a seed in common. */
export function comparisonsOf(studies: StudyOutcomes): Comparison[] {
  return groups.flatMap((group) =>
    groupPairs(group, paperClassPairs).flatMap(({ minor, major }) => {
      const areas = (series: SeriesOfStudy) =>
        evaluationsOf(studies, group, series).map((one) => pairOf(one, { minor, major })?.averagePrecision);
      const tests = figureArms.flatMap((first, i) =>
        figureArms.slice(i + 1).flatMap((second) => {
          const others = areas(second);
          const differences = present(
            areas(first).map((value, seed) => {
              const other = others[seed];
              return value === undefined || other === undefined ? undefined : value - other;
            }),
          );
          const difference = meanInterval(differences);
          if (difference === undefined) return [];
          const probability = signedRankTest(differences).twoSided;
          return [{ group, minor, major, first, second, difference: plain(difference), probability }];
        }),
      );
      const corrected = holm(tests.map(({ probability }) => probability));
      return tests.map((test, i) => ({ ...test, corrected: corrected[i] }));
    }),
  );
}

/** Without what a single value does not have. */
export function plain({ n, mean, low, high }: MeanInterval): z.output<typeof meanIntervalSchema> {
  return { n, mean, ...(low !== undefined && { low }), ...(high !== undefined && { high }) };
}
