import { scaleLinear } from 'd3-scale';
import type { MinorWeightHistogram } from '../extras.ts';
import { fixed, integer } from '../format.ts';
import { element, type Markup } from '../markup.ts';
import { seriesClass, seriesLabel } from '../series-style.ts';
import { bottomAxis, chart, type PlotArea } from './frame.ts';

/** How one arm's synthetic latents of one class pair are spread between the major and the minor sample. */
export function weightHistogramChart(id: string, { arm, minor, major, counts }: MinorWeightHistogram): Markup {
  const area: PlotArea = { left: 12, top: 12, width: 236, height: 84 };
  const total = counts.reduce((sum, count) => sum + count, 0);
  const x = scaleLinear([0, 1], [area.left, area.left + area.width]);
  const y = scaleLinear([0, Math.max(1, ...counts)], [area.top + area.height, area.top]);
  const barWidth = area.width / (counts.length - 1);
  const fullest = counts.indexOf(Math.max(...counts));
  return chart(
    {
      id,
      title: `Minor weight P of ${seriesLabel(arm)}, ${minor} and ${major}`,
      description: `${integer(total)} synthetic latents; most lie around ${fixed(fullest / (counts.length - 1), 2)}.`,
      width: area.left * 2 + area.width,
      height: area.top + area.height + 40,
    },
    bottomAxis(area, x, { format: (value) => fixed(value, 1), tickCount: 5 }),
    counts.map((count, bin) =>
      count === 0
        ? null
        : element('rect', {
            class: `bar ${seriesClass(arm)}`,
            x: x(bin / (counts.length - 1)) - barWidth / 2 + 0.5,
            y: y(count),
            width: barWidth - 1,
            height: y(0) - y(count),
          }),
    ),
    element('text', { class: 'axis', x: area.left - 6, y: area.top + area.height + 32 }, 'major sample'),
    element(
      'text',
      { class: 'axis', x: area.left + area.width + 6, y: area.top + area.height + 32, 'text-anchor': 'end' },
      'minor sample',
    ),
    element('line', { class: 'rule', x1: area.left, x2: area.left + area.width, y1: y(0), y2: y(0) }),
    element('line', { class: 'base', x1: x(0.5), x2: x(0.5), y1: area.top - 4, y2: y(0) }),
  );
}
