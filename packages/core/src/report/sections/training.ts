import { lineChart } from '../charts/line-chart.ts';
import type { ReportContext } from '../context.ts';
import { fixed, percent, significant } from '../format.ts';
import { element, type Markup } from '../markup.ts';
import { seriesClass, seriesDash, seriesLabel } from '../series-style.ts';
import { details, table } from '../table.ts';
import { figure, forBothWidths, gallery, section } from './section.ts';

/** How training went: the network on images, then each arm's classifier head. */
export function trainingSection({ record }: ReportContext): Markup {
  const { epochs } = record.backbone;
  const arms = record.arms.filter(({ loss }) => loss.length > 0);
  const overEpochs = (id: string, valueLabel: string, values: number[], format: (value: number) => string) =>
    epochs.length === 0
      ? null
      : figure(
          null,
          lineChart({
            id,
            title: `${valueLabel} of the network over its epochs on images`,
            description: `From ${format(values[0])} to ${format(values[values.length - 1])} in ${values.length} epochs.`,
            stepLabel: 'epoch on images',
            valueLabel,
            format,
            series: [{ label: valueLabel, className: 'series-none', values }],
          }),
        );
  const rounds = Math.max(0, ...arms.map(({ loss }) => loss.length));
  return section(
    'training',
    'Training',
    'First the whole network on images, once for all arms; then the classifier head on real and synthetic latents, arm by arm.',
    gallery(
      overEpochs(
        'epoch-loss',
        'training loss',
        epochs.map(({ loss }) => loss),
        (value) => significant(value, 3),
      ),
      overEpochs(
        'epoch-accuracy',
        'training accuracy',
        epochs.map(({ accuracy }) => accuracy),
        (value) => percent(value, 0),
      ),
      overEpochs(
        'epoch-rate',
        'learning rate',
        epochs.map(({ learningRate }) => learningRate),
        (value) => significant(value, 2),
      ),
    ),
    arms.length === 0
      ? null
      : element(
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
        ),
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
        'Loss of the classifier head after each round',
        [{ head: 'Round', numeric: true }, ...arms.map(({ name }) => ({ head: seriesLabel(name), numeric: true }))],
        Array.from({ length: rounds }, (_, round) => [
          String(round + 1),
          ...arms.map(({ loss }) => (round < loss.length ? fixed(loss[round], 4) : '\u2013')),
        ]),
      ),
    ),
  );
}
