import { integer, percent } from '../format.ts';
import { element, type Markup } from '../markup.ts';
import { chart, labelColumn, shortened } from './frame.ts';

export interface ConfusionOptions {
  readonly id: string;
  readonly title: string;
  readonly classNames: readonly string[];
  readonly counts: readonly (readonly number[])[];
  /** Share of a row at which an error is drawn in full color; one value for all matrices of a page. */
  readonly fullErrorShare: number;
}

/** A heat map with counts: rows are true classes, columns predictions; errors have a color of their own. */
export function confusionChart({ id, title, classNames, counts, fullErrorShare }: ConfusionOptions): Markup {
  const c = classNames.length;
  const cell = Math.max(9, Math.min(44, Math.floor(240 / c)));
  const labelled = cell >= 12;
  const left = labelled ? labelColumn(classNames, 84) : 12;
  const top = 8;
  const bottom = top + c * cell;
  const under = labelled ? Math.min(84, 14 + 5 * Math.max(...classNames.map(({ length }) => length))) : 12;
  const totals = counts.map((row) => row.reduce((sum, value) => sum + value, 0));
  const right = totals.reduce((sum, _, k) => sum + counts[k][k], 0);
  const all = totals.reduce((sum, value) => sum + value, 0);
  return chart(
    {
      id,
      title,
      description: `${integer(right)} of ${integer(all)} test images on the diagonal (${percent(all === 0 ? 0 : right / all)}).`,
      width: left + c * cell + 30,
      height: bottom + under,
    },
    counts.map((row, truth) => [
      labelled
        ? element(
            'text',
            { class: 'tick', x: left - 6, y: top + (truth + 0.5) * cell + 4, 'text-anchor': 'end' },
            shortened(classNames[truth], left - 12),
          )
        : null,
      row.map((count, predicted) => {
        const share = totals[truth] === 0 ? 0 : count / totals[truth];
        const strength = truth === predicted ? share : Math.min(1, share / fullErrorShare);
        const x = left + predicted * cell;
        const y = top + truth * cell;
        return [
          element('rect', {
            class: truth === predicted ? 'heat right' : 'heat wrong',
            'fill-opacity': strength,
            x,
            y,
            width: cell - 1,
            height: cell - 1,
          }),
          cell >= 20 && count > 0
            ? element(
                'text',
                {
                  class: strength > 0.6 ? 'count strong' : 'count',
                  x: x + (cell - 1) / 2,
                  y: y + cell / 2 + 3,
                  'text-anchor': 'middle',
                },
                String(count),
              )
            : null,
        ];
      }),
    ]),
    labelled
      ? classNames.map((name, k) =>
          element(
            'text',
            {
              class: 'tick',
              transform: `translate(${left + (k + 0.5) * cell - 3} ${bottom + 10}) rotate(35)`,
            },
            shortened(name, 90),
          ),
        )
      : null,
  );
}

/** The largest share of a row that any of the matrices gives to one wrong class, at least 0.05. */
export function largestErrorShare(matrices: readonly (readonly (readonly number[])[])[]): number {
  let largest = 0.05;
  for (const counts of matrices) {
    counts.forEach((row, truth) => {
      const total = row.reduce((sum, value) => sum + value, 0);
      row.forEach((count, predicted) => {
        if (truth !== predicted && total > 0) largest = Math.max(largest, count / total);
      });
    });
  }
  return largest;
}
