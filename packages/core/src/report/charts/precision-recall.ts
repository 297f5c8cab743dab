import { type ScaleLinear, scaleLinear } from 'd3-scale';
import type { PairMetrics } from '../../run/record.ts';
import { fixed } from '../format.ts';
import { element, type Markup } from '../markup.ts';
import { type SeriesName, seriesClass, seriesDash, seriesLabel } from '../series-style.ts';
import { bottomAxis, chart, leftAxis, type PlotArea } from './frame.ts';
import { linePath } from './path.ts';

export interface PairCurve {
  readonly name: SeriesName;
  readonly pair: PairMetrics;
}

const side = 214;
const tickCount = 4;
const area: PlotArea = { left: 38, top: 30, width: side, height: side };

/** The whole precision-recall plane of one class pair, with the window that the close-up enlarges. */
export function precisionRecallChart(id: string, curves: readonly PairCurve[], windowStart: number): Markup {
  return plane(id, curves, 0, 'whole', windowStart);
}

/** The corner of the plane where good classifiers differ. */
export function precisionRecallCloseUp(id: string, curves: readonly PairCurve[], windowStart: number): Markup {
  return plane(id, curves, windowStart, 'enlarged corner', windowStart);
}

function plane(id: string, curves: readonly PairCurve[], start: number, part: string, windowStart: number): Markup {
  const { minor, major } = curves[0].pair;
  const x = scaleLinear([start, 1], [area.left, area.left + side]);
  const y = scaleLinear([start, 1], [area.top + side, area.top]);
  const [first, second] = x.ticks(tickCount);
  const format = (value: number) => fixed(value, second - first < 0.099 ? 2 : 1);
  const clip = `${id}-clip`;
  return chart(
    {
      id,
      title: `Precision and recall of ${minor} against ${major}, ${part}`,
      description: `Average precision: ${curves
        .map(({ name, pair }) => `${seriesLabel(name)} ${fixed(pair.averagePrecision, 3)}`)
        .join(', ')}.`,
      width: area.left + side + 12,
      height: area.top + side + 44,
    },
    element(
      'clipPath',
      { id: clip },
      element('rect', { x: area.left, y: area.top, width: side + 2, height: side + 2 }),
    ),
    bottomAxis(area, x, { format, label: 'recall', tickCount }),
    leftAxis(area, y, { format, tickCount }),
    element('text', { class: 'axis', x: 6, y: 16 }, start === 0 ? 'precision' : 'precision, enlarged'),
    start === 0
      ? element('rect', {
          class: 'window',
          x: x(windowStart),
          y: y(1),
          width: x(1) - x(windowStart),
          height: y(windowStart) - y(1),
        })
      : null,
    element(
      'g',
      { 'clip-path': `url(#${clip})` },
      curves.map(({ name, pair }) =>
        element('path', {
          class: `line ${seriesClass(name)}`,
          'stroke-dasharray': seriesDash(name),
          d: visiblePath(pair.curve, start, x, y),
        }),
      ),
    ),
  );
}

/** Leaves out what lies left of the window, except the point from which the curve enters it. */
function visiblePath(
  { recall, precision }: PairMetrics['curve'],
  start: number,
  x: ScaleLinear<number, number>,
  y: ScaleLinear<number, number>,
): string {
  const first = Math.max(0, recall.findIndex((value) => value >= start) - 1);
  return linePath(recall.slice(first).map((value, index) => [x(value), y(precision[first + index])] as const));
}

/**
 * Where the enlarged corner starts: twice as far from 1 as the point at which precision and recall
 * are equal (the median of all series), so that the curves bend in the middle of the window.
 */
export function cornerStart(curves: readonly PairCurve[]): number {
  const crossings = curves.map(({ pair: { curve } }) => breakEven(curve.recall, curve.precision)).sort((a, b) => a - b);
  const middle = crossings[Math.floor(crossings.length / 2)];
  return Math.min(0.95, Math.max(0, Math.floor((1 - 2 * (1 - middle)) * 20) / 20));
}

function breakEven(recall: readonly number[], precision: readonly number[]): number {
  const at = recall.findIndex((value, index) => value >= precision[index]);
  return at < 0 ? 1 : precision[at];
}
