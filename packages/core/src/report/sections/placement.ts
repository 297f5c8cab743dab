import { lineChart } from '../charts/line-chart.ts';
import { weightHistogramChart } from '../charts/weight-histogram.ts';
import type { ReportContext } from '../context.ts';
import { fixed, integer, listed, percent } from '../format.ts';
import { element, type Markup } from '../markup.ts';
import { seriesClass, seriesDash, seriesLabel } from '../series-style.ts';
import { details, table } from '../table.ts';
import { figure, forBothWidths, gallery, pairCaption, section } from './section.ts';

/** The minor weight P: how far the synthetic latents were moved towards the major class. */
export function placementSection({ record, extras }: ReportContext): Markup {
  const arms = record.arms
    .filter(({ cost }) => cost.syntheticCount > 0)
    .map((arm) => ({ ...arm, meanMinorWeight: untilNone(arm.meanMinorWeight) }));
  const { gamma, pMax, pMin, reading } = record.config.method;
  if (arms.length === 0) {
    return section('placement', 'Placement: the minor weight P', 'No arm of this run made synthetic latents.');
  }
  const lastRounds = Math.max(...arms.map(({ meanMinorWeight }) => meanMinorWeight.length));
  const columns = [...new Set([0, Math.floor((lastRounds - 1) / 2), lastRounds - 1])];
  // Arms that place all latents in the middle have nothing to spread.
  const spread = extras.minorWeights.filter(({ counts }) => counts.filter((count) => count > 0).length > 1);
  const spreadArms = record.arms.map(({ name }) => name).filter((name) => spread.some(({ arm }) => arm === name));
  const first = spreadArms.includes('asymmetric') ? 'asymmetric' : spreadArms[0];
  const others = spreadArms.filter((name) => name !== first);
  const drawn = spread.map((histogram, index) => ({
    arm: histogram.arm,
    picture: figure(
      pairCaption(histogram.minor, histogram.major, seriesLabel(histogram.arm)),
      weightHistogramChart(`weights-${index}`, histogram),
    ),
  }));
  return section(
    'placement',
    'Placement: the minor weight P',
    `A synthetic latent is P \u00d7 minor + (1 \u2212 P) \u00d7 major: at 0.5 it lies in the middle, below that nearer to the major sample. Asymmetric placement follows P = 0.5 + \u03b3 \u00d7 Pmax \u00d7 (max(1, d_normal / d_abnormal) \u2212 1) with \u03b3 = ${fixed(gamma, 2)}, Pmax = ${pMax}, the reading \u201c${reading}\u201d of d, and P never below ${pMin}.`,
    gallery(
      figure(
        'Mean P of each round\u2019s synthetic latents',
        forBothWidths('minor-weight', 520, (id, width) =>
          lineChart({
            id,
            width,
            title: 'Mean minor weight over the rounds',
            description: arms
              .map(
                ({ name, meanMinorWeight: p }) =>
                  `${seriesLabel(name)}: from ${fixed(p[0], 2)} to ${fixed(p[p.length - 1], 2)}.`,
              )
              .join(' '),
            stepLabel: 'round',
            valueLabel: 'mean P',
            format: (value) => fixed(value, 2),
            endLabels: true,
            include: [0.5],
            series: arms.map(({ name, meanMinorWeight }) => ({
              label: seriesLabel(name),
              className: seriesClass(name),
              dash: seriesDash(name),
              values: meanMinorWeight,
            })),
          }),
        ),
      ),
    ),
    element(
      'div',
      { class: 'gallery below' },
      drawn.filter(({ arm }) => arm === first).map(({ picture }) => picture),
    ),
    others.length === 0
      ? null
      : details(
          `The same for ${listed(others.map(seriesLabel))}`,
          gallery(drawn.filter(({ arm }) => arm !== first).map(({ picture }) => picture)),
        ),
    details(
      'Placement as a table',
      table(
        'Mean P in some rounds, and the share of weights that were clipped',
        [
          { head: 'Arm' },
          ...columns.map((round) => ({ head: `round ${round + 1}`, numeric: true })),
          { head: 'synthetic latents', numeric: true },
          { head: 'clipped', numeric: true },
        ],
        arms.map(({ name, meanMinorWeight, cost }) => [
          seriesLabel(name),
          ...columns.map((round) => (round < meanMinorWeight.length ? fixed(meanMinorWeight[round], 3) : '\u2013')),
          integer(cost.syntheticCount),
          cost.syntheticCount === 0 ? '\u2013' : percent(cost.clippedCount / cost.syntheticCount),
        ]),
      ),
    ),
  );
}

/** Rounds up to the first that made nothing: an arm that has come to its end is not drawn on. */
function untilNone(weights: readonly (number | null)[]): number[] {
  const end = weights.indexOf(null);
  return (end < 0 ? weights : weights.slice(0, end)) as number[];
}
