import { seriesLegend } from '../charts/legend.ts';
import { type RecallClass, recallRowsChart } from '../charts/recall-rows.ts';
import type { ReportContext } from '../context.ts';
import { percent } from '../format.ts';
import type { Markup } from '../markup.ts';
import { seriesLabel } from '../series-style.ts';
import { details, table } from '../table.ts';
import { figure, forBothWidths, section } from './section.ts';

/** Recall of every class, before and after the rounds. */
export function recallSection({ record, series, minors }: ReportContext): Markup {
  const rows: RecallClass[] = record.data.classNames.map((name, index) => ({ name, index, isMinor: minors.has(name) }));
  const ordered = [...rows.filter(({ isMinor }) => isMinor), ...rows.filter(({ isMinor }) => !isMinor)];
  return section(
    'recall',
    'Recall of each class, before and after',
    'Before: the control (hollow). After: none (dashed line), and every arm. What the minor classes (tinted) gain, the major classes below may lose.',
    seriesLegend(series.map(({ name }) => name)),
    figure(
      null,
      forBothWidths('recall-rows', 1040, (id, width) => recallRowsChart(id, width, ordered, series)),
    ),
    details(
      'Recall as a table',
      table(
        'Recall on the test images',
        [
          { head: 'Class' },
          { head: 'Training images', numeric: true },
          ...series.map(({ name }) => ({ head: seriesLabel(name), numeric: true })),
        ],
        ordered.map(({ name, index, isMinor }) => [
          isMinor ? `${name} (minor)` : name,
          String(record.data.classCounts[index]),
          ...series.map(({ evaluation }) => percent(evaluation.perClassRecall[index])),
        ]),
      ),
    ),
  );
}
