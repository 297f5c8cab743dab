import { scaleLinear } from 'd3-scale';
import { element, type Markup } from '../markup.ts';
import { type SeriesName, seriesLabel } from '../series-style.ts';
import { bottomAxis, chart, type PlotArea } from './frame.ts';

export interface StackedBar {
  readonly name: SeriesName;
  /** One value a part, none negative. */
  readonly values: readonly number[];
}

export interface StackedBarsOptions {
  readonly id: string;
  readonly title: string;
  readonly parts: readonly { readonly label: string; readonly className: string }[];
  readonly bars: readonly StackedBar[];
  readonly format: (value: number) => string;
}

const rowHeight = 26;

/** Horizontal bars from zero with the total at their end. */
export function stackedBarsChart({ id, title, parts, bars, format }: StackedBarsOptions): Markup {
  const area: PlotArea = { left: 92, top: 4, width: 300, height: bars.length * rowHeight };
  const totals = bars.map(({ values }) => values.reduce((sum, value) => sum + value, 0));
  const x = scaleLinear([0, Math.max(...totals) || 1], [area.left, area.left + area.width]);
  return chart(
    {
      id,
      title,
      description: bars
        .map(
          ({ name, values }, row) =>
            `${seriesLabel(name)}: ${format(totals[row])} (${values.map((value, part) => `${parts[part].label} ${format(value)}`).join(', ')}).`,
        )
        .join(' '),
      width: area.left + area.width + 96,
      height: area.top + area.height + 24,
    },
    bottomAxis(area, x, { format: (value) => (value === 0 ? '0' : format(value)), tickCount: 3 }),
    bars.map(({ name, values }, row) => {
      const y = area.top + row * rowHeight;
      let from = 0;
      return [
        element(
          'text',
          { class: 'name', x: area.left - 10, y: y + rowHeight / 2 + 4, 'text-anchor': 'end' },
          seriesLabel(name),
        ),
        values.map((value, part) => {
          const start = from;
          from += value;
          if (value === 0) return null;
          return element('rect', {
            class: `part ${parts[part].className}`,
            x: x(start),
            y: y + 4,
            width: x(from) - x(start),
            height: rowHeight - 8,
          });
        }),
        element('text', { class: 'value', x: x(totals[row]) + 8, y: y + rowHeight / 2 + 4 }, format(totals[row])),
      ];
    }),
  );
}
