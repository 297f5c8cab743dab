import { comparableDomains, dotRowsChart } from '../charts/dot-rows.ts';
import { tradeOffChart } from '../charts/trade-off.ts';
import type { ReportContext } from '../context.ts';
import { fixed, percent, signed } from '../format.ts';
import { type Child, element, type Markup } from '../markup.ts';
import { type Series, seriesLabel } from '../series-style.ts';
import { table } from '../table.ts';
import { figure, forBothWidths, gallery, section } from './section.ts';

interface Measure {
  readonly head: string;
  readonly value: (series: Series) => number;
  readonly format: (value: number) => string;
  readonly difference: (value: number) => string;
}

const share = (head: string, value: Measure['value']): Measure => ({
  head,
  value,
  format: (v) => percent(v),
  difference: (v) => signed(100 * v, 1),
});
const plain = (head: string, value: Measure['value']): Measure => ({
  head,
  value,
  format: (v) => fixed(v, 3),
  difference: (v) => signed(v, 3),
});

const mainMeasures = [
  share('Minor recall', ({ evaluation }) => evaluation.minorRecall),
  plain('Mean AP', ({ evaluation }) => evaluation.meanAveragePrecision),
  share('Accuracy', ({ evaluation }) => evaluation.accuracy),
  share('Balanced accuracy', ({ evaluation }) => evaluation.balancedAccuracy),
  plain('Macro F1', ({ evaluation }) => evaluation.macroF1),
  plain('G-mean', ({ evaluation }) => evaluation.gMean),
  plain('MCC', ({ evaluation }) => evaluation.mcc),
];

/** The result at a glance: every arm as a point, and all figures over the ten classes. */
export function resultSection({ series }: ReportContext): Markup {
  const none = series.find(({ name }) => name === 'none');
  const cell = (measure: Measure, one: Series): Child => {
    const value = measure.value(one);
    const text = measure.format(value);
    const values = series.map(measure.value);
    const isBest = value === Math.max(...values) && value > Math.min(...values);
    return [
      isBest ? element('strong', { title: 'highest' }, text) : text,
      none === undefined
        ? null
        : element('span', { class: 'delta' }, one === none ? '' : measure.difference(value - measure.value(none))),
    ];
  };
  const recalls = series.map(({ evaluation }) => evaluation.minorRecall);
  return section(
    'result',
    'The result at a glance',
    'Further right, the minor classes are found more often; further up, they are ranked better against their partner class. An arm in the top right corner would be best at both.',
    gallery(
      figure(
        null,
        forBothWidths('trade-off', 548, (id, width) => tradeOffChart(id, width, series)),
      ),
      figure(
        'Mean recall of the minor classes',
        dotRowsChart({
          id: 'minor-recall',
          title: 'Mean recall of the minor classes',
          domain: comparableDomains([recalls])[0],
          rows: series.map(({ name }, s) => ({ name, value: recalls[s] })),
          format: (value) => percent(value),
          tickFormat: (value) => percent(value, 0),
          width: 250,
          rowHeight: 30,
        }),
      ),
    ),
    table(
      none === undefined
        ? 'All test images; the highest value of each column is bold.'
        : 'All test images; the highest value of each column is bold, small figures are differences from none (shares in points).',
      [{ head: 'Arm' }, ...mainMeasures.map(({ head }) => ({ head, numeric: true })), { head: 'ECE', numeric: true }],
      series.map((one) => [
        seriesLabel(one.name),
        ...mainMeasures.map((measure) => cell(measure, one)),
        fixed(one.evaluation.ece, 3),
      ]),
    ),
    element(
      'p',
      { class: 'note' },
      'Minor recall: mean recall of the minor classes. Mean AP: average precision of minor against major, mean over the class pairs. ECE: expected calibration error, where lower is better.',
    ),
  );
}
