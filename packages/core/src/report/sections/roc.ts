import { seriesLegend } from '../charts/legend.ts';
import { type RocSeries, rocCharts, rocCorner } from '../charts/roc.ts';
import type { ReportContext } from '../context.ts';
import { fixed } from '../format.ts';
import { element, type Markup } from '../markup.ts';
import { seriesLabel } from '../series-style.ts';
import { details, table } from '../table.ts';
import { figure, gallery, pairCaption, section } from './section.ts';

const title = 'ROC curves of each class pair';

/** Receiver operating characteristics of every class pair, each with its corner enlarged. */
export function rocSection({ record, series }: ReportContext): Markup {
  const pairs = record.classPairs.map((pair, p) => ({
    ...pair,
    id: `roc-${p}`,
    curves: series.flatMap(({ name, evaluation }): RocSeries[] => {
      const { roc, rocArea } = evaluation.pairs[p];
      if (roc === undefined || rocArea === undefined || roc.truePositiveRate.length === 0) return [];
      return [{ name, ...roc, area: rocArea }];
    }),
  }));
  if (pairs.every(({ curves }) => curves.length === 0))
    return section('roc', title, 'The record of this run has no ROC curves.');
  return section(
    'roc',
    title,
    'The same scores as above: the share of minor rows found against the share of major rows called minor, at every threshold. The area is the probability that a minor row scores above a major one; unlike precision, it does not depend on how many rows of each there are.',
    seriesLegend(series.map(({ name }) => name)),
    gallery(
      pairs.map(({ minor, major, id, curves }) =>
        figure(
          pairCaption(minor, major, ''),
          curves.length === 0
            ? element('p', { class: 'note' }, 'No test images of one of the two classes.')
            : element(
                'div',
                { class: 'beside' },
                rocCharts(id, `${minor} against ${major}`, curves, rocCorner(curves)),
              ),
        ),
      ),
    ),
    details(
      'Areas under the ROC curves as a table',
      table(
        'Area under the ROC curve',
        [{ head: 'Arm' }, ...pairs.map(({ minor, major }) => ({ head: `${minor}\u2013${major}`, numeric: true }))],
        series.map(({ name }) => [
          seriesLabel(name),
          ...pairs.map(({ curves }) => {
            const own = curves.find((curve) => curve.name === name);
            return own === undefined ? '\u2013' : fixed(own.area, 4);
          }),
        ]),
      ),
    ),
  );
}
