import type { RunRecord } from '../../run/record.ts';
import { lineChart } from '../charts/line-chart.ts';
import type { ReportContext } from '../context.ts';
import { counted, fixed, percent, significant } from '../format.ts';
import { element, type Markup } from '../markup.ts';
import { seriesClass, seriesDash, seriesLabel } from '../series-style.ts';
import { details, table } from '../table.ts';
import { figure, forBothWidths, gallery, section } from './section.ts';

type Epoch = RunRecord['backbone']['epochs'][number];
type Arm = RunRecord['arms'][number];

const measures = [
  { key: 'loss', label: 'training loss', format: (value: number) => significant(value, 3) },
  { key: 'accuracy', label: 'training accuracy', format: (value: number) => percent(value, 0) },
  { key: 'learningRate', label: 'learning rate', format: (value: number) => significant(value, 2) },
] as const;
type Measure = (typeof measures)[number];

/** How training went: the network on images, then what each arm trained. */
export function trainingSection({ record }: ReportContext): Markup {
  const joint = record.config.method.retraining === 'joint';
  const { epochs } = record.backbone;
  const arms = record.arms.filter(({ loss }) => loss.length > 0);
  const rounds = Math.max(0, ...arms.map(({ loss }) => loss.length));
  return section(
    'training',
    'Training',
    joint
      ? `The whole network, first on images, once for all arms; then arm by arm, on images and at its last layer on synthetic latents. The curves of an arm begin with the ${counted(epochs.length, 'epoch')} that all share; from then on they count images and synthetic latents together.`
      : 'First the whole network on images, once for all arms; then the classifier head on real and synthetic latents, arm by arm.',
    joint
      ? element(
          'div',
          { class: 'below' },
          measures.map((measure) => jointCurves(measure, epochs, arms)),
        )
      : [gallery(measures.map((measure) => backboneCurve(measure, epochs))), roundCurves(arms)],
    details(
      'Training as a table',
      table(
        'The network on images',
        [
          { head: 'Epoch', numeric: true },
          { head: 'Loss', numeric: true },
          { head: 'Accuracy', numeric: true },
          { head: 'Learning rate at its end', numeric: true },
        ],
        epochs.map(({ loss, accuracy, learningRate }, e) => [
          String(e + 1),
          fixed(loss, 4),
          percent(accuracy),
          significant(learningRate, 3),
        ]),
      ),
      table(
        joint ? 'Loss of the last epoch of each round' : 'Loss of the classifier head after each round',
        [{ head: 'Round', numeric: true }, ...arms.map(({ name }) => ({ head: seriesLabel(name), numeric: true }))],
        Array.from({ length: rounds }, (_, round) => [
          String(round + 1),
          ...arms.map(({ loss }) => (round < loss.length ? fixed(loss[round], 4) : '\u2013')),
        ]),
      ),
    ),
  );
}

function backboneCurve({ key, label, format }: Measure, epochs: readonly Epoch[]): Markup | null {
  if (epochs.length === 0) return null;
  const values = epochs.map((epoch) => epoch[key]);
  return figure(
    null,
    lineChart({
      id: `epoch-${key}`,
      title: `${label} of the network over its epochs on images`,
      description: fromTo(values, format, epochs.length),
      stepLabel: 'epoch on images',
      valueLabel: label,
      format,
      series: [{ label, className: 'series-none', values }],
    }),
  );
}

const fromTo = (values: readonly number[], format: (value: number) => string, count: number) =>
  `From ${format(values[0])} to ${format(values[values.length - 1])} in ${counted(count, 'epoch')}.`;

/** One line an arm over the shared epochs and its own. */
function jointCurves({ key, label, format }: Measure, first: readonly Epoch[], arms: readonly Arm[]): Markup {
  const series = arms.map(({ name, epochs }) => ({
    label: seriesLabel(name),
    className: seriesClass(name),
    dash: seriesDash(name),
    values: [...first, ...epochs].map((epoch) => epoch[key]),
  }));
  return figure(
    null,
    forBothWidths(`joint-${key}`, 800, (id, width) =>
      lineChart({
        id,
        width,
        title: `${label} of the network over all epochs`,
        description: series.map((one) => `${one.label}: ${fromTo(one.values, format, one.values.length)}`).join(' '),
        stepLabel: `epoch, the first ${first.length} shared`,
        valueLabel: label,
        format,
        endLabels: true,
        series,
      }),
    ),
  );
}

function roundCurves(arms: readonly Arm[]): Markup | null {
  if (arms.length === 0) return null;
  return element(
    'div',
    { class: 'below' },
    figure(
      null,
      forBothWidths('round-loss', 800, (id, width) =>
        lineChart({
          id,
          width,
          title: 'Training loss of the classifier head after each round',
          description: arms
            .map(
              ({ name, loss }) =>
                `${seriesLabel(name)}: from ${fixed(loss[0], 3)} to ${fixed(loss[loss.length - 1], 3)}.`,
            )
            .join(' '),
          stepLabel: 'round',
          valueLabel: 'loss of the head, real and synthetic latents',
          format: (value) => significant(value, 3),
          endLabels: true,
          series: arms.map(({ name, loss }) => ({
            label: seriesLabel(name),
            className: seriesClass(name),
            dash: seriesDash(name),
            values: loss,
          })),
        }),
      ),
    ),
  );
}
