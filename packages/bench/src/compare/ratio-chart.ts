import {
  bottomAxis,
  chart,
  element,
  type Markup,
  type PlotArea,
  shortened,
  significant,
  textWidth,
} from '@csx/core/page';
import type { ComparedKernel } from './comparison.ts';
import { logScale } from './log-scale.ts';
import { seriesClass, seriesMark } from './series-look.ts';
import { ratioWords } from './words.ts';

export interface RatioChartOptions {
  /** Unique on the page. */
  readonly id: string;
  readonly title: string;
  readonly width: number;
  readonly kernels: readonly ComparedKernel[];
  readonly baseline: string;
  /** Keys of all records; their order gives each its look. */
  readonly records: readonly string[];
}

const lineHeight = 13;
/** Narrower plots have the names of the cases above the dots instead of left of them. */
const narrow = 600;
/** Plots of more rows have the numbers of the axis above them, too. */
const tall = 10;

/** A domain around 1 that holds all ratios and their intervals. */
function domainOf(kernels: readonly ComparedKernel[]): [number, number] {
  const all = kernels.flatMap(({ others }) =>
    others.flatMap(({ ratio }) => ('low' in ratio ? [ratio.low, ratio.high] : [ratio.ratio])),
  );
  return [Math.min(0.9, ...all) / 1.06, Math.max(1.12, ...all) * 1.06];
}

/** A row for each case: times of the other records / the baseline's as dots with intervals, on a logarithmic axis. */
export function ratioChart({ id, title, width, kernels, baseline, records }: RatioChartOptions): Markup {
  const isNarrow = width < narrow;
  const series = records.filter((key) => kernels.some(({ others }) => others.some(({ record }) => record === key)));
  const left = isNarrow ? 10 : Math.min(440, Math.max(...kernels.map(({ caseName }) => textWidth(caseName))) + 20);
  const nameHeight = isNarrow ? 17 : 0;
  const rowHeight = nameHeight + series.length * lineHeight + 9;
  const isTall = kernels.length > tall;
  const area: PlotArea = { left, top: isTall ? 24 : 6, width: width - left - 22, height: kernels.length * rowHeight };
  const x = logScale(domainOf(kernels), [area.left, area.left + area.width]);
  const bottom = area.top + area.height;
  return chart(
    {
      id,
      title,
      description: kernels
        .map(
          ({ caseName, others }) =>
            `${caseName}: ${others.map((one) => `${one.record} ${ratioWords(one)}`).join(', ')}.`,
        )
        .join(' '),
      width,
      height: bottom + 46,
    },
    bottomAxis(area, x, { format: (value) => significant(value), label: `time / that of ${baseline} (left: faster)` }),
    isTall
      ? x
          .ticks()
          .map((tick) =>
            element('text', { class: 'tick', x: x(tick), y: area.top - 9, 'text-anchor': 'middle' }, significant(tick)),
          )
      : null,
    element('line', { class: 'one', x1: x(1), x2: x(1), y1: area.top, y2: bottom }),
    kernels.map(({ caseName, others }, row) => {
      const top = area.top + row * rowHeight;
      const name = isNarrow
        ? element('text', { class: 'name', x: 2, y: top + 14 }, shortened(caseName, width - 8))
        : element(
            'text',
            { class: 'name', x: left - 14, y: top + rowHeight / 2 + 4, 'text-anchor': 'end' },
            shortened(caseName, left - 20),
          );
      return [
        row === 0 ? null : element('line', { class: 'grid', x1: 0, x2: width, y1: top, y2: top }),
        name,
        others.map((other) => {
          const { ratio, record, verdict } = other;
          const y = top + nameHeight + 4 + (series.indexOf(record) + 0.5) * lineHeight;
          const index = records.indexOf(record);
          const title = `${record}: ${caseName}: ${ratioWords(other)}, ${verdict}`;
          return [
            'low' in ratio
              ? element('line', {
                  class: `span ${seriesClass(index)}`,
                  x1: x(ratio.low),
                  x2: x(ratio.high),
                  y1: y,
                  y2: y,
                })
              : null,
            seriesMark(index, x(ratio.ratio), y, { title, hollow: verdict !== 'faster' && verdict !== 'slower' }),
          ];
        }),
      ];
    }),
  );
}
