import { scaleLinear } from 'd3-scale';
import { element, type Markup } from '../markup.ts';
import { type SeriesName, seriesClass, seriesLabel, seriesMark } from '../series-style.ts';
import { bottomAxis, chart, type PlotArea } from './frame.ts';
import { linePath } from './path.ts';

export interface DotRow {
  readonly name: SeriesName;
  readonly value: number;
  /** Ends of an interval around the value. */
  readonly low?: number | undefined;
  readonly high?: number | undefined;
}

export interface DotRowsOptions {
  readonly id: string;
  readonly title: string;
  readonly rows: readonly DotRow[];
  /** Shown range; plots side by side use ranges of one length, so that distances compare. */
  readonly domain: readonly [number, number];
  readonly format: (value: number) => string;
  readonly tickFormat: (value: number) => string;
  /** Width of the plotted range in pixels. */
  readonly width?: number;
  readonly rowHeight?: number;
}

/** One row a series: a dot at its value, joined to the value of `none`, with the number beside it. */
export function dotRowsChart(options: DotRowsOptions): Markup {
  const { id, title, rows, domain, format, tickFormat, width = 170, rowHeight = 22 } = options;
  const area: PlotArea = { left: 92, top: 6, width, height: rows.length * rowHeight };
  const x = scaleLinear([...domain], [area.left, area.left + area.width]);
  const base = rows.find(({ name }) => name === 'none')?.value;
  const best = Math.max(...rows.map(({ value }) => value));
  const least = Math.min(...rows.map(({ value }) => value));
  return chart(
    {
      id,
      title,
      description: `${rows.map(({ name, value }) => `${seriesLabel(name)} ${format(value)}`).join(', ')}.`,
      width: area.left + area.width + 62,
      height: area.top + area.height + 26,
    },
    bottomAxis(area, x, { format: tickFormat, tickCount: 3 }),
    base === undefined
      ? null
      : element('line', { class: 'base', x1: x(base), x2: x(base), y1: area.top, y2: area.top + area.height }),
    rows.map(({ name, value, low, high }, index) => {
      const y = area.top + (index + 0.5) * rowHeight;
      return [
        element('text', { class: 'name', x: area.left - 12, y: y + 4, 'text-anchor': 'end' }, seriesLabel(name)),
        base === undefined
          ? null
          : element('line', { class: `stem series-${name}`, x1: x(base), x2: x(value), y1: y, y2: y }),
        low === undefined || high === undefined
          ? null
          : element('path', {
              class: `line ${seriesClass(name)}`,
              d: linePath([
                [x(Math.max(low, domain[0])), y],
                [x(Math.min(high, domain[1])), y],
              ]),
            }),
        seriesMark(name, x(value), y, 52),
        element(
          'text',
          { class: value === best && value > least ? 'value best' : 'value', x: area.left + area.width + 12, y: y + 4 },
          format(value),
        ),
      ];
    }),
  );
}

/** A range for each group of values in [0, 1]: all of the same length, each around its own values. */
export function comparableDomains(groups: readonly (readonly number[])[]): [number, number][] {
  const extents = groups.map((values) => [Math.min(...values), Math.max(...values)] as const);
  const span = Math.max(0.02, ...extents.map(([low, high]) => high - low)) * 1.15;
  return extents.map(([low, high]) => {
    const start = (low + high - span) / 2;
    // Nothing lies beyond 0 or 1; a hundredth of room keeps a marker at 1 whole.
    const end = Math.max(span, Math.min(1 + span / 100, start + span));
    return [end - span, end];
  });
}
