import { seriesLegend } from '../../report/charts/legend.ts';
import { type PairCurve, precisionRecallWithCorner } from '../../report/charts/precision-recall.ts';
import { fixed } from '../../report/format.ts';
import { type Child, element, type Markup } from '../../report/markup.ts';
import { figure, gallery } from '../../report/sections/section.ts';
import { seriesLabel } from '../../report/series-style.ts';
import { details, table } from '../../report/table.ts';
import { curveRecalls } from '../outcome.ts';
import { figureSeries } from './mean-curves.ts';

/** The curves of one pair under one ratio of classes. */
export interface CurveFigure {
  /** Unique on the page. */
  readonly id: string;
  readonly name: string;
  readonly caption: Child;
  readonly curves: readonly PairCurve[];
}

const tableRecalls = [0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 1];

/** Curves with their corners enlarged, and the same figures as tables. */
export function curveFigures(figures: readonly CurveFigure[]): Markup {
  return element(
    'div',
    {},
    seriesLegend(figureSeries),
    gallery(
      figures.map(({ id, caption, curves }) =>
        figure(
          caption,
          curves.length === 0
            ? element('p', { class: 'note' }, 'Not computed yet.')
            : precisionRecallWithCorner(id, curves),
        ),
      ),
    ),
    details(
      'The curves as a table',
      figures
        .filter(({ curves }) => curves.length > 0)
        .map(({ name, curves }) =>
          table(
            `${name}: mean precision at a recall of`,
            [{ head: 'Arm' }, ...tableRecalls.map((recall) => ({ head: fixed(recall, 2), numeric: true }))],
            curves.map(({ name: series, pair: { curve } }) => [
              seriesLabel(series),
              ...tableRecalls.map((recall) => fixed(curve.precision[curveRecalls.indexOf(recall)], 3)),
            ]),
          ),
        ),
    ),
  );
}
