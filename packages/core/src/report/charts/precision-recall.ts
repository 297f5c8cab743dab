import type { PairMetrics } from '../../run/record.ts';
import { fixed } from '../format.ts';
import { element, type Markup } from '../markup.ts';
import { type SeriesName, seriesLabel } from '../series-style.ts';
import { curvePlaneChart } from './curve-plane.ts';

export interface PairCurve {
  readonly name: SeriesName;
  readonly pair: PairMetrics;
}

/** The precision-recall plane of one class pair and, beside it, the corner where good classifiers differ, enlarged. */
export function precisionRecallWithCorner(id: string, curves: readonly PairCurve[]): Markup {
  const start = cornerStart(curves);
  return element(
    'div',
    { class: 'beside' },
    plane(id, curves, 0, 'whole', start),
    plane(`${id}-corner`, curves, start, 'enlarged corner', start),
  );
}

function plane(id: string, curves: readonly PairCurve[], start: number, part: string, windowStart: number): Markup {
  const { minor, major } = curves[0].pair;
  const corner = [windowStart, 1] as const;
  return curvePlaneChart({
    id,
    title: `Precision and recall of ${minor} against ${major}, ${part}`,
    description: `Average precision: ${curves
      .map(({ name, pair }) => `${seriesLabel(name)} ${fixed(pair.averagePrecision, 3)}`)
      .join(', ')}.`,
    curves: curves.map(({ name, pair: { curve } }) => ({ name, x: curve.recall, y: curve.precision })),
    x: [start, 1],
    y: [start, 1],
    xLabel: 'recall',
    yLabel: start === 0 ? 'precision' : 'precision, enlarged',
    ...(start === 0 && { window: { x: corner, y: corner } }),
  });
}

/**
 * Where the enlarged corner starts: twice as far from 1 as the point at which precision and recall
 * are equal (the median of all series), so that the curves bend in the middle of the window.
 */
function cornerStart(curves: readonly PairCurve[]): number {
  const crossings = curves.map(({ pair: { curve } }) => breakEven(curve.recall, curve.precision)).sort((a, b) => a - b);
  const middle = crossings[Math.floor(crossings.length / 2)];
  return Math.min(0.95, Math.max(0, Math.floor((1 - 2 * (1 - middle)) * 20) / 20));
}

function breakEven(recall: readonly number[], precision: readonly number[]): number {
  const at = recall.findIndex((value, index) => value >= precision[index]);
  return at < 0 ? 1 : precision[at];
}
