import { scaleLinear } from 'd3-scale';
import { element, type Markup } from '../markup.ts';
import { bottomAxis, chart, leftAxis, type PlotArea } from './frame.ts';
import { linePath } from './path.ts';

export interface LineSeries {
  readonly label: string;
  /** CSS class that sets the color. */
  readonly className: string;
  readonly dash?: string | undefined;
  /** One value a step; the first belongs to step 1. */
  readonly values: readonly number[];
}

export interface LineChartOptions {
  readonly id: string;
  readonly title: string;
  readonly description: string;
  readonly stepLabel: string;
  readonly valueLabel: string;
  readonly format: (value: number) => string;
  readonly series: readonly LineSeries[];
  /** Values that the range must contain. */
  readonly include?: readonly number[];
  readonly width?: number;
  /** A horizontal line with a name. */
  readonly mark?: { readonly value: number; readonly label: string };
}

/** Values over steps; a single step is drawn as a dot. */
export function lineChart(options: LineChartOptions): Markup {
  const width = options.width ?? 320;
  const area: PlotArea = { left: 54, top: 34, width: width - 74, height: 180 };
  const values = [...options.series.flatMap((series) => series.values), ...(options.include ?? []), ...(options.mark ? [options.mark.value] : [])];
  const steps = Math.max(1, ...options.series.map((series) => series.values.length));
  const low = Math.min(...values);
  const high = Math.max(...values);
  const margin = (high - low || Math.abs(high) || 1) * 0.06;
  const x = scaleLinear([1, Math.max(2, steps)], [area.left + 4, area.left + area.width - 4]);
  const y = scaleLinear([low < 0 || low - margin >= 0 ? low - margin : 0, high + margin], [area.top + area.height, area.top]);
  const stepTicks = { format: (value: number) => (Number.isInteger(value) ? String(value) : ''), label: options.stepLabel, grid: false };
  return chart(
    { id: options.id, title: options.title, description: options.description, width, height: area.top + area.height + 44 },
    bottomAxis(area, x, { ...stepTicks, tickCount: Math.min(6, steps) }),
    leftAxis(area, y, { format: options.format, tickCount: 5 }),
    element('text', { class: 'axis', x: 6, y: 16 }, options.valueLabel),
    options.mark
      ? [
          element('line', { class: 'base', x1: area.left, x2: area.left + area.width, y1: y(options.mark.value), y2: y(options.mark.value) }),
          element('text', { class: 'note', x: area.left + area.width, y: y(options.mark.value) - 6, 'text-anchor': 'end' }, options.mark.label),
        ]
      : null,
    options.series.map(({ className, dash, values: ys }) =>
      ys.length === 1
        ? element('circle', { class: `mark ${className}`, cx: x(1), cy: y(ys[0]), r: 3.5 })
        : element('path', {
            class: `line ${className}`,
            'stroke-dasharray': dash,
            d: linePath(ys.map((value, index) => [x(index + 1), y(value)] as const)),
          }),
    ),
  );
}
