import { comparableDomains, dotRowsChart } from '../charts/dot-rows.ts';
import type { ReportContext } from '../context.ts';
import { fixed, listed } from '../format.ts';
import { element, type Markup } from '../markup.ts';
import { seriesLabel } from '../series-style.ts';
import { details, table } from '../table.ts';
import { figure, gallery, pairCaption, section } from './section.ts';

/** Average precision of every pair and arm, side by side. */
export function areasSection({ record, series }: ReportContext): Markup {
  const groups = [
    ...record.classPairs.map(({ minor, major }, p) => ({
      id: `ap-${p}`,
      title: `Average precision of ${minor} against ${major}`,
      caption: pairCaption(minor, major, ''),
      values: series.map(({ evaluation }) => evaluation.pairs[p].averagePrecision),
    })),
    {
      id: 'ap-mean',
      title: 'Mean average precision over the class pairs',
      caption: element('b', {}, 'mean of the pairs'),
      values: series.map(({ evaluation }) => evaluation.meanAveragePrecision),
    },
  ];
  const domains = comparableDomains(groups.map(({ values }) => values));
  const highest = Math.max(...groups[groups.length - 1].values);
  const leaders = series
    .filter(({ evaluation }) => evaluation.meanAveragePrecision === highest)
    .map(({ name }) => seriesLabel(name));
  return section(
    'areas',
    'Areas under the curves',
    `Highest mean average precision: ${listed(leaders)} (${fixed(highest, 3)}). All plots span the same range of values, so distances compare between them; where the range lies differs. The stem starts at none.`,
    gallery(
      groups.map(({ id, title, caption, values }, g) =>
        figure(
          caption,
          dotRowsChart({
            id,
            title,
            domain: domains[g],
            rows: series.map(({ name }, s) => ({ name, value: values[s] })),
            format: (value) => fixed(value, 4),
            tickFormat: (value) => fixed(value, 2),
          }),
        ),
      ),
    ),
    details(
      'Average precision and trapezoid area as a table',
      table(
        'Average precision (step-wise sum, as scikit-learn defines it)',
        [{ head: 'Arm' }, ...pairColumns(record.classPairs), { head: 'mean', numeric: true }],
        series.map(({ name, evaluation }) => [
          seriesLabel(name),
          ...evaluation.pairs.map((pair) => fixed(pair.averagePrecision, 4)),
          fixed(evaluation.meanAveragePrecision, 4),
        ]),
      ),
      table(
        'Trapezoid area under the same curves',
        [{ head: 'Arm' }, ...pairColumns(record.classPairs)],
        series.map(({ name, evaluation }) => [
          seriesLabel(name),
          ...evaluation.pairs.map((pair) => fixed(pair.trapezoidArea, 4)),
        ]),
      ),
    ),
  );
}

const pairColumns = (pairs: readonly { readonly minor: string; readonly major: string }[]) =>
  pairs.map(({ minor, major }) => ({ head: `${minor}\u2013${major}`, numeric: true }));
