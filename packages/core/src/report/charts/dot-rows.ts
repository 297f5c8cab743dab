import { scaleLinear } from 'd3-scale';
import { fixed } from '../format.ts';
import { element, type Markup } from '../markup.ts';
import { seriesLabel, seriesMark, type SeriesName } from '../series-style.ts';
import { bottomAxis, chart, type PlotArea } from './frame.ts';

export interface DotRow {
  readonly name: SeriesName;
  readonly value: number;
}

export interface DotRowsOptions {
  readonly id: string;
  readonly title: string;
  readonly rows: readonly DotRow[];
  /** Shown range; plots side by side use ranges of one length, so that distances compare. */
  readonly domain: readonly [number, number];
}

const rowHeight = 22;

/** One row a series: a dot at its value, joined to the value of `none`, with the number beside it. */
export function dotRowsChart({ id, title, rows, domain }: DotRowsOptions): Markup {
  const area: PlotArea = { left: 92, top: 6, width: 150, height: rows.length * rowHeight };
  const x = scaleLinear([...domain], [area.left, area.left + area.width]);
  const base = rows.find(({ name }) => name === 'none')?.value;
  const best = Math.max(...rows.map(({ value }) => value));
  return chart(
    {
      id,
      title,
      description: `${rows.map(({ name, value }) => `${seriesLabel(name)} ${fixed(value, 3)}`).join(', ')}.`,
      width: area.left + area.width + 56,
      height: area.top + area.height + 26,
    },
    bottomAxis(area, x, { format: (value) => fixed(value, 2), tickCount: 3 }),
    base === undefined
      ? null
      : element('line', { class: 'base', x1: x(base), x2: x(base), y1: area.top, y2: area.top + area.height }),
    rows.map(({ name, value }, index) => {
      const y = area.top + (index + 0.5) * rowHeight;
      return [
        element('text', { class: 'name', x: area.left - 12, y: y + 4, 'text-anchor': 'end' }, seriesLabel(name)),
        base === undefined
          ? null
          : element('line', { class: `stem series-${name}`, x1: x(base), x2: x(value), y1: y, y2: y }),
        seriesMark(name, x(value), y, 52),
        element(
          'text',
          { class: value === best ? 'value best' : 'value', x: area.left + area.width + 12, y: y + 4 },
          fixed(value, 3),
        ),
      ];
    }),
  );
}

/** A range for each group of values: all of the same length, each around its own values. */
export function comparableDomains(groups: readonly (readonly number[])[]): [number, number][] {
  const extents = groups.map((values) => [Math.min(...values), Math.max(...values)] as const);
  const span = Math.max(0.02, ...extents.map(([low, high]) => high - low)) * 1.15;
  return extents.map(([low, high]) => {
    const middle = (low + high) / 2;
    return [middle - span / 2, middle + span / 2];
  });
}
