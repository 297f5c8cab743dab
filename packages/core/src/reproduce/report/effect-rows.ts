import { scaleLinear } from 'd3-scale';
import { bottomAxis, chart, type PlotArea, shortened } from '../../report/charts/frame.ts';
import { linePath } from '../../report/charts/path.ts';
import { signed } from '../../report/format.ts';
import { element, type Markup } from '../../report/markup.ts';
import { type SeriesName, seriesClass, seriesMark } from '../../report/series-style.ts';

export interface EffectRow {
  readonly label: string;
  readonly series: SeriesName;
  readonly mean: number;
  readonly low: number | undefined;
  readonly high: number | undefined;
  /** One a seed. */
  readonly values: readonly number[];
}

export interface EffectGroup {
  readonly title: string;
  readonly rows: readonly EffectRow[];
}

const rowHeight = 19;
const headHeight = 24;

/**
 * Changes against a base, in groups of rows: the mean and its interval, and the seeds as small dots. The range is that
 * of means and seeds; an interval that leaves it (as those of two seeds do) is cut off.
 */
export function effectRowsChart(id: string, width: number, title: string, groups: readonly EffectGroup[]): Markup {
  const left = Math.min(230, width * 0.4);
  const height = groups.reduce((sum, { rows }) => sum + headHeight + rows.length * rowHeight, 0);
  const area: PlotArea = { left, top: 4, width: width - left - 64, height };
  const rows = groups.flatMap((group) => group.rows);
  const values = [0, ...rows.flatMap(({ mean, values: seeds }) => [mean, ...seeds])];
  const [least, most] = [Math.min(...values), Math.max(...values)];
  const room = Math.max(0.002, 0.06 * (most - least));
  const x = scaleLinear([least - room, most + room], [area.left, area.left + area.width]);
  const inside = (value: number) => Math.min(area.left + area.width, Math.max(area.left, x(value)));
  let y = area.top;
  return chart(
    {
      id,
      title,
      description: `${rows.map(({ label, mean }) => `${label} ${signed(mean, 4)}`).join(', ')}.`,
      width,
      height: area.top + height + 44,
    },
    bottomAxis(area, x, {
      format: (value) => signed(value, 3),
      label: 'change of mean average precision',
      tickCount: 5,
    }),
    element('line', { class: 'base', x1: x(0), x2: x(0), y1: area.top, y2: area.top + height }),
    groups.map((group) => {
      y += headHeight;
      const head = element('text', { class: 'group', x: 0, y: y - 7 }, shortened(group.title, left + area.width));
      return [
        head,
        group.rows.map(({ label, series, mean, low, high, values: seeds }) => {
          const middle = y + rowHeight / 2;
          y += rowHeight;
          return [
            element(
              'text',
              { class: 'name', x: left - 12, y: middle + 4, 'text-anchor': 'end' },
              shortened(label, left - 16),
            ),
            seeds.map((value) =>
              element('circle', { class: `seed ${seriesClass(series)}`, cx: x(value), cy: middle, r: 2.2 }),
            ),
            low === undefined || high === undefined
              ? null
              : element('path', {
                  class: `line ${seriesClass(series)}`,
                  d: linePath([
                    [inside(low), middle],
                    [inside(high), middle],
                  ]),
                }),
            seriesMark(series, x(mean), middle, 44),
            element('text', { class: 'value', x: area.left + area.width + 10, y: middle + 4 }, signed(mean, 4)),
          ];
        }),
      ];
    }),
  );
}
