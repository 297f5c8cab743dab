import { scaleLinear } from 'd3-scale';
import { percent } from '../format.ts';
import { element, type Markup } from '../markup.ts';
import { type Series, seriesLabel, seriesMark } from '../series-style.ts';
import { bottomAxis, chart, labelColumn, type PlotArea, shortened } from './frame.ts';

export interface RecallClass {
  readonly name: string;
  /** Column of the class in `perClassRecall`. */
  readonly index: number;
  readonly isMinor: boolean;
}

const step = 6.5;
/** Room for the word "minor" after a class name. */
const tagWidth = 56;

/** One band a class, minors first and tinted: every series' recall, from the control above to the last arm below, with `none` as the line to compare with. */
export function recallRowsChart(
  id: string,
  width: number,
  classes: readonly RecallClass[],
  series: readonly Series[],
): Markup {
  const rowHeight = series.length * step + 12;
  const right = 20;
  const left =
    labelColumn(
      classes.map(({ name }) => name),
      140,
    ) + tagWidth;
  const area: PlotArea = { left, top: 8, width: width - left - right, height: classes.length * rowHeight };
  const base = series.find(({ name }) => name === 'none');
  const values = series.flatMap(({ evaluation }) => classes.map(({ index }) => evaluation.perClassRecall[index]));
  const x = scaleLinear([Math.min(...values), Math.max(...values)], [area.left, area.left + area.width]);
  x.domain([Math.max(0, x.domain()[0] - 0.02), Math.min(1, Math.max(x.domain()[1] + 0.02, x.domain()[0] + 0.1))]);
  return chart(
    {
      id,
      title: 'Recall of every class',
      description: classes
        .map(({ name, index }) => {
          const recalls = series.map(
            ({ name: arm, evaluation }) => `${seriesLabel(arm)} ${percent(evaluation.perClassRecall[index])}`,
          );
          return `${name}: ${recalls.join(', ')}.`;
        })
        .join(' '),
      width,
      height: area.top + area.height + 44,
    },
    classes.map(({ isMinor }, row) =>
      element('rect', {
        class: isMinor ? 'band minor-band' : 'band',
        x: 0,
        y: area.top + row * rowHeight + 1,
        width,
        height: rowHeight - 2,
        rx: 4,
      }),
    ),
    bottomAxis(area, x, {
      format: (value) => percent(value, 0),
      label: 'recall on the test images',
      tickCount: Math.max(3, Math.round(area.width / 100)),
    }),
    classes.map(({ name, index, isMinor }, row) => {
      const top = area.top + row * rowHeight + 6;
      const points = series.map(
        ({ evaluation }, s) => [x(evaluation.perClassRecall[index]), top + (s + 0.5) * step] as const,
      );
      return [
        element(
          'text',
          { class: 'name', x: 12, y: area.top + (row + 0.5) * rowHeight + 4 },
          shortened(name, left - tagWidth),
          isMinor ? element('tspan', { class: 'tag', dx: 7 }, 'minor') : null,
        ),
        base === undefined
          ? null
          : element('line', {
              class: 'base',
              x1: x(base.evaluation.perClassRecall[index]),
              x2: x(base.evaluation.perClassRecall[index]),
              y1: top,
              y2: top + series.length * step,
            }),
        series.map(({ name: arm }, s) => seriesMark(arm, points[s][0], points[s][1], 36)),
      ];
    }),
  );
}
