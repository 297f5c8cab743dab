import { reliabilityChart } from '../charts/reliability.ts';
import type { ReportContext } from '../context.ts';
import { fixed, integer } from '../format.ts';
import { element, type Markup } from '../markup.ts';
import { seriesLabel } from '../series-style.ts';
import { details, table } from '../table.ts';
import { figure, gallery, section } from './section.ts';

const title = 'Calibration';

/** How far the confidence of each classifier can be trusted. */
export function calibrationSection({ series }: ReportContext): Markup {
  const drawn = series.flatMap(({ name, evaluation: { calibration: bins, ece } }) =>
    bins === undefined || bins.every(({ count }) => count === 0) ? [] : [{ name, bins, ece }],
  );
  if (drawn.length === 0) return section('calibration', title, 'The record of this run has no bins of confidence.');
  return section(
    'calibration',
    title,
    'Test images by the softmax probability of the class predicted. On the dashed line, a classifier is right as often as it says; below it, less often. Bars: the share of the images in each bin. The expected calibration error (ECE) is the mean distance from the line, weighed by them.',
    gallery(
      drawn.map(({ name, bins, ece }) =>
        figure(
          [element('b', {}, seriesLabel(name)), element('span', { class: 'soft' }, `ECE ${fixed(ece, 3)}`)],
          reliabilityChart(`reliability-${name}`, name, bins, ece),
        ),
      ),
    ),
    details(
      'Calibration as tables',
      drawn.map(({ name, bins }) =>
        table(
          seriesLabel(name),
          [
            { head: 'Confidence' },
            { head: 'Images', numeric: true },
            { head: 'Mean confidence', numeric: true },
            { head: 'Accuracy', numeric: true },
          ],
          bins.flatMap(({ count, confidence, accuracy }, bin) =>
            count === 0
              ? []
              : [
                  [
                    `${fixed(bin / bins.length, 2)} to ${fixed((bin + 1) / bins.length, 2)}`,
                    integer(count),
                    fixed(confidence, 3),
                    fixed(accuracy, 3),
                  ],
                ],
          ),
        ),
      ),
    ),
  );
}
