import { comparableDomains, dotRowsChart } from '../../report/charts/dot-rows.ts';
import { fixed } from '../../report/format.ts';
import type { Child, Markup } from '../../report/markup.ts';
import { figure, gallery } from '../../report/sections/section.ts';
import { seriesLabel } from '../../report/series-style.ts';
import { details, table } from '../../report/table.ts';
import type { Area, Comparison } from '../areas.ts';
import { area, difference, drawnInterval, probability, withInterval } from './text.ts';

export interface AreaFigure {
  /** Unique on the page. */
  readonly id: string;
  readonly name: string;
  readonly caption: Child;
  readonly areas: readonly Area[];
  readonly comparisons: readonly Comparison[];
}

/** Mean areas of several pairs with their intervals, side by side, and the tables of figures and tests. */
export function areaFigures(all: readonly AreaFigure[]): Child {
  const figures = all.filter(({ areas }) => areas.length > 0);
  const drawn = figures.map(({ areas }) =>
    areas.map(({ series, averagePrecision }) => ({
      name: series,
      value: averagePrecision.mean,
      ...drawnInterval(averagePrecision),
    })),
  );
  const domains = comparableDomains(
    drawn.map((rows) => rows.flatMap(({ value, low, high }) => [value, low ?? value, high ?? value])),
  );
  return [
    gallery(
      figures.map(({ id, name, caption }, f) =>
        figure(
          caption,
          dotRowsChart({
            id,
            title: `Average precision, ${name}`,
            domain: domains[f],
            rows: drawn[f],
            format: area,
            tickFormat: (value) => fixed(value, 2),
          }),
        ),
      ),
    ),
    details('Areas as a table', figures.map(areaTable)),
    details('All arms against each other, with Holm\u2019s correction', figures.map(comparisonTable)),
  ];
}

function areaTable({ name, areas }: AreaFigure): Markup {
  return table(
    `${name}: mean over the seeds [95 % interval]`,
    [
      { head: 'Arm' },
      { head: 'average precision', numeric: true },
      { head: 'trapezoid area', numeric: true },
      { head: 'seeds', numeric: true },
    ],
    areas.map(({ series, averagePrecision, trapezoidArea }) => [
      seriesLabel(series),
      withInterval(averagePrecision, area),
      withInterval(trapezoidArea, area),
      String(averagePrecision.n),
    ]),
  );
}

function comparisonTable({ name, comparisons }: AreaFigure): Markup {
  return table(
    `${name}: differences of average precision, paired by seed; exact Wilcoxon signed-rank test, two-sided`,
    [
      { head: 'Arms' },
      { head: 'difference', numeric: true },
      { head: 'p', numeric: true },
      { head: 'p, corrected', numeric: true },
    ],
    comparisons.map(({ first, second, difference: mean, probability: p, corrected }) => [
      `${seriesLabel(first)} \u2212 ${seriesLabel(second)}`,
      withInterval(mean, difference),
      probability(p),
      probability(corrected),
    ]),
  );
}
