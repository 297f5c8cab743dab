import { tradeOffChart } from '../charts/trade-off.ts';
import type { ReportContext } from '../context.ts';
import { fixed, integer, percent, signed, withPrefix } from '../format.ts';
import { type Child, element, type Markup } from '../markup.ts';
import { type Series, seriesLabel } from '../series-style.ts';
import { table } from '../table.ts';
import { armFlop } from './cost.ts';
import { figure, scroll, section } from './section.ts';

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
export function resultSection({ record, series }: ReportContext): Markup {
  const none = series.find(({ name }) => name === 'none');
  const cell = (measure: Measure, one: Series): Child => {
    const value = measure.value(one);
    const text = measure.format(value);
    const values = series.map(measure.value);
    const isBest = value === Math.max(...values) && value > Math.min(...values);
    return [
      isBest ? element('strong', { title: 'highest' }, text) : text,
      none === undefined || one === none ? null : element('span', { class: 'delta' }, measure.difference(value - measure.value(none))),
    ];
  };
  return section(
    'result',
    'The result at a glance',
    'Further right, the minor classes are found more often; further up, they are ranked better against their partner class. The best arm is not the same for both unless it stands in the top right corner.',
    scroll(figure(null, tradeOffChart('trade-off', series))),
    table(
      none === undefined
        ? 'All test images; the highest value of each column is bold.'
        : 'All test images; the highest value of each column is bold, small figures are differences from none (shares in points).',
      [
        { head: 'Arm' },
        ...mainMeasures.map(({ head }) => ({ head, numeric: true })),
        { head: 'ECE', numeric: true },
        { head: 'Synthetic', numeric: true },
        { head: 'Cost', numeric: true },
      ],
      series.map((one) => {
        const arm = record.arms.find(({ name }) => name === one.name);
        return [
          seriesLabel(one.name),
          ...mainMeasures.map((measure) => cell(measure, one)),
          fixed(one.evaluation.ece, 3),
          arm === undefined ? '\u2013' : integer(arm.cost.syntheticCount),
          arm === undefined ? '\u2013' : withPrefix(armFlop(arm.cost), 'FLOP'),
        ];
      }),
    ),
    element(
      'p',
      { class: 'note' },
      'Minor recall: mean recall of the minor classes. Mean AP: average precision of minor against major, mean over the class pairs. ECE: expected calibration error, where lower is better.',
    ),
  );
}
