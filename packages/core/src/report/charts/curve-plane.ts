import { scaleLinear } from 'd3-scale';
import { fixed } from '../format.ts';
import { type Child, element, type Markup } from '../markup.ts';
import { type SeriesName, seriesClass, seriesDash } from '../series-style.ts';
import { bottomAxis, chart, leftAxis, type PlotArea } from './frame.ts';
import { linePath } from './path.ts';

/** A curve in the unit square; x ascends. */
export interface PlaneCurve {
  readonly name: SeriesName;
  readonly x: readonly number[];
  readonly y: readonly number[];
}

type Range = readonly [number, number];

export interface CurvePlaneOptions {
  readonly id: string;
  readonly title: string;
  readonly description: string;
  readonly curves: readonly PlaneCurve[];
  /** What is shown. */
  readonly x: Range;
  readonly y: Range;
  readonly xLabel: string;
  readonly yLabel: string;
  /** What is tinted, where another plane enlarges it. */
  readonly window?: { readonly x: Range; readonly y: Range };
  /** The line from corner to corner, which a curve is compared with. */
  readonly diagonal?: boolean;
}

const side = 214;
const tickCount = 4;
const area: PlotArea = { left: 38, top: 30, width: side, height: side };

/** Curves of all series in the unit square, or in a part of it. */
export function curvePlaneChart(options: CurvePlaneOptions, ...marks: Child[]): Markup {
  const { id, title, description, curves, window, diagonal = false } = options;
  const { x, y } = planeScales(options);
  const [first, second] = x.ticks(tickCount);
  const format = (value: number) => fixed(value, second - first < 0.099 ? 2 : 1);
  const clip = `${id}-clip`;
  return chart(
    { id, title, description, width: area.left + side + 12, height: area.top + side + 44 },
    element(
      'clipPath',
      { id: clip },
      element('rect', { x: area.left, y: area.top, width: side + 2, height: side + 2 }),
    ),
    bottomAxis(area, x, { format, label: options.xLabel, tickCount }),
    leftAxis(area, y, { format, tickCount }),
    element('text', { class: 'axis', x: 6, y: 16 }, options.yLabel),
    window === undefined
      ? null
      : element('rect', {
          class: 'window',
          x: x(window.x[0]),
          y: y(window.y[1]),
          width: x(window.x[1]) - x(window.x[0]),
          height: y(window.y[0]) - y(window.y[1]),
        }),
    diagonal ? element('line', { class: 'base', x1: x(0), x2: x(1), y1: y(0), y2: y(1) }) : null,
    element(
      'g',
      { 'clip-path': `url(#${clip})` },
      curves.map((curve) =>
        element('path', {
          class: `line ${seriesClass(curve.name)}`,
          'stroke-dasharray': seriesDash(curve.name),
          d: linePath(visiblePoints(curve, options.x).map(([px, py]) => [x(px), y(py)] as const)),
        }),
      ),
    ),
    marks,
  );
}

/** Pixels of a plane's values. */
export function planeScales(range: Pick<CurvePlaneOptions, 'x' | 'y'>) {
  return {
    x: scaleLinear([...range.x], [area.left, area.left + side]),
    y: scaleLinear([...range.y], [area.top + side, area.top]),
  };
}

/** Leaves out what lies beside the plane, except the points from which the curve enters and leaves it. */
function visiblePoints({ x, y }: PlaneCurve, [from, to]: Range): [number, number][] {
  const first = Math.max(0, x.findIndex((value) => value >= from) - 1);
  const beyond = x.findIndex((value) => value > to);
  const last = beyond < 0 ? x.length : beyond + 1;
  return x.slice(first, last).map((value, index) => [value, y[first + index]]);
}
