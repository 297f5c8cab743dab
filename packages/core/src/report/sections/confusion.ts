import { confusionChart, largestErrorShare } from '../charts/confusion.ts';
import { swatchLegend } from '../charts/legend.ts';
import type { ReportContext } from '../context.ts';
import { integer, percent } from '../format.ts';
import { element, type Markup } from '../markup.ts';
import { seriesLabel } from '../series-style.ts';
import { details, table } from '../table.ts';
import { figure, section } from './section.ts';

/** Confusion matrices of the control and of every arm. */
export function confusionSection({ record, series }: ReportContext): Markup {
  const { classNames } = record.data;
  const fullErrorShare = largestErrorShare(series.map(({ evaluation }) => evaluation.confusion));
  return section(
    'confusion',
    'Confusion matrices',
    `Rows are true classes, columns predictions, numbers test images. Correct ones deepen up to 100 % of their row, errors up to ${percent(fullErrorShare, 0)}, the largest of all.`,
    swatchLegend([
      { label: 'correct', className: 'right' },
      { label: 'confused', className: 'wrong' },
    ]),
    element(
      'div',
      { class: 'gallery close' },
      series.map(({ name, evaluation }) =>
        figure(
          [
            element('b', {}, seriesLabel(name)),
            element('span', { class: 'soft' }, `accuracy ${percent(evaluation.accuracy)}`),
          ],
          confusionChart({
            id: `confusion-${name}`,
            title: `Confusion matrix of ${seriesLabel(name)}`,
            classNames,
            counts: evaluation.confusion,
            fullErrorShare,
          }),
        ),
      ),
    ),
    details(
      'Confusion matrices as tables',
      series.map(({ name, evaluation }) =>
        table(
          `${seriesLabel(name)}: test images by true class (rows) and prediction (columns)`,
          [{ head: 'True class' }, ...classNames.map((head) => ({ head, numeric: true }))],
          evaluation.confusion.map((row, k) => [classNames[k], ...row.map(integer)]),
        ),
      ),
    ),
  );
}
