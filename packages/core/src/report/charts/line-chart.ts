import { scaleLinear } from 'd3-scale';
import { element, type Markup } from '../markup.ts';
import { bottomAxis, chart, leftAxis, type PlotArea, textWidth } from './frame.ts';
import { linePath } from './path.ts';
import { spreadApart } from './spread-apart.ts';

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
  /** Names the series at the ends of their lines. */
  readonly endLabels?: boolean;
}

/** Values over steps; a single step is drawn as a dot. */
export function lineChart(options: LineChartOptions): Markup {
  const width = options.width ?? 320;
  const groups = options.endLabels ? endGroups(options.series, width * 0.36) : [];
  const right = Math.max(20, ...groups.map(({ label }) => textWidth(label) + 22));
  const area: PlotArea = { left: 54, top: 34, width: width - 54 - right, height: 180 };
  const values = [...options.series.flatMap((series) => series.values), ...(options.include ?? [])];
  const steps = Math.max(1, ...options.series.map((series) => series.values.length));
  const low = Math.min(...values);
  const high = Math.max(...values);
  const margin = (high - low || Math.abs(high) || 1) * 0.06;
  const x = scaleLinear([1, Math.max(2, steps)], [area.left + 4, area.left + area.width - 4]);
  const y = scaleLinear(
    [low < 0 || low - margin >= 0 ? low - margin : 0, high + margin],
    [area.top + area.height, area.top],
  );
  const stepTicks = {
    format: (value: number) => (Number.isInteger(value) ? String(value) : ''),
    label: options.stepLabel,
    grid: false,
  };
  const labelYs = spreadApart(
    groups.map(({ value }) => y(value)),
    15,
  );
  return chart(
    {
      id: options.id,
      title: options.title,
      description: options.description,
      width,
      height: area.top + area.height + 44,
    },
    bottomAxis(area, x, { ...stepTicks, tickCount: Math.min(steps, 8, Math.round(area.width / 45)) }),
    leftAxis(area, y, { format: options.format, tickCount: 5 }),
    element('text', { class: 'axis', x: 6, y: 16 }, options.valueLabel),
    options.series.map(({ className, dash, values: ys }) =>
      ys.length === 1
        ? element('circle', { class: `mark ${className}`, cx: x(1), cy: y(ys[0]), r: 3.5 })
        : element('path', {
            class: `line ${className}`,
            'stroke-dasharray': dash,
            d: linePath(ys.map((value, index) => [x(index + 1), y(value)] as const)),
          }),
    ),
    groups.map(({ label, step, value, className }, index) => [
      element('line', { class: 'leader', x1: x(step) + 3, x2: x(step) + 12, y1: y(value), y2: labelYs[index] }),
      element('circle', { class: `mark ${className}`, cx: x(step), cy: y(value), r: 3.2 }),
      element('text', { class: 'name', x: x(step) + 15, y: labelYs[index] + 4 }, label),
    ]),
  );
}

interface EndGroup {
  readonly label: string;
  readonly className: string;
  readonly step: number;
  readonly value: number;
}

/** Series that are equal throughout share a line and so a label, shortened where it would take the plot's room. */
function endGroups(series: readonly LineSeries[], widest: number): EndGroup[] {
  const groups = new Map<string, LineSeries[]>();
  for (const one of series) {
    if (one.values.length === 0) continue;
    const key = one.values.join();
    groups.set(key, [...(groups.get(key) ?? []), one]);
  }
  return [...groups.values()].map((members) => {
    // The last one is drawn on top.
    const { className, values } = members[members.length - 1];
    const names = members.map(({ label }) => label);
    const all = names.join(', ');
    const label = names.length > 1 && textWidth(all) > widest ? `${names[0]} and ${names.length - 1} more` : all;
    return { label, className, step: values.length, value: values[values.length - 1] };
  });
}
