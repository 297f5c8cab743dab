import { seriesLegend } from '../charts/legend.ts';
import { type PairCurve, precisionRecallWithCorner } from '../charts/precision-recall.ts';
import type { ReportContext } from '../context.ts';
import { fixed, percent } from '../format.ts';
import { element, type Markup } from '../markup.ts';
import { seriesLabel } from '../series-style.ts';
import { details, table } from '../table.ts';
import { figure, gallery, pairCaption, section } from './section.ts';

/** Recalls at which the table beside the curves gives the precision. */
const tableRecalls = [0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 1];

/** Precision-recall curves of every class pair, each with its corner enlarged. */
export function curvesSection({ record, series }: ReportContext): Markup {
  const pairs = record.classPairs.map((pair, p) => ({
    ...pair,
    id: `pr-${p}`,
    curves: series
      .map(({ name, evaluation }): PairCurve => ({ name, pair: evaluation.pairs[p] }))
      .filter(({ pair: { curve } }) => curve.recall.length > 0),
  }));
  return section(
    'curves',
    'Precision and recall of each class pair',
    [
      'Test images of the two classes; the score is p(minor) / (p(minor) + p(major)), and the minor class is positive. The tinted window of each plane is enlarged beside it.',
    ],
    seriesLegend(series.map(({ name }) => name)),
    gallery(
      pairs.map(({ minor, major, accuracy, overlapped, id, curves }) =>
        figure(
          pairCaption(minor, major, `held-out accuracy ${percent(accuracy)}${overlapped ? ', overlapped' : ''}`),
          curves.length === 0
            ? element('p', { class: 'note' }, 'No test images of one of the two classes.')
            : precisionRecallWithCorner(id, curves),
        ),
      ),
    ),
    details(
      'The curves as a table',
      pairs.map(({ minor, major, curves }) =>
        table(
          `${minor} against ${major}: precision at a recall of at least`,
          [{ head: 'Arm' }, ...tableRecalls.map((recall) => ({ head: fixed(recall, 2), numeric: true }))],
          curves.map(({ name, pair: { curve } }) => [
            seriesLabel(name),
            ...tableRecalls.map((least) => fixed(bestPrecision(curve.recall, curve.precision, least), 3)),
          ]),
        ),
      ),
    ),
  );
}

function bestPrecision(recall: readonly number[], precision: readonly number[], least: number): number {
  return precision.reduce((best, value, index) => (recall[index] >= least - 1e-12 ? Math.max(best, value) : best), 0);
}
