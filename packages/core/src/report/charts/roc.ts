import { fixed } from '../format.ts';
import type { Markup } from '../markup.ts';
import { type SeriesName, seriesLabel } from '../series-style.ts';
import { curvePlaneChart } from './curve-plane.ts';

export interface RocSeries {
  readonly name: SeriesName;
  readonly falsePositiveRate: readonly number[];
  readonly truePositiveRate: readonly number[];
  readonly area: number;
}

/** The ROC plane of one class pair, and beside it the corner that `corner` of both axes opens. */
export function rocCharts(id: string, pair: string, curves: readonly RocSeries[], corner: number): readonly Markup[] {
  const whole = { x: [0, 1], y: [0, 1] } as const;
  const window = { x: [0, corner], y: [1 - corner, 1] } as const;
  const draw = (part: string, shown: typeof whole | typeof window) =>
    curvePlaneChart({
      id: shown === whole ? id : `${id}-corner`,
      title: `ROC curves of ${pair}, ${part}`,
      description: `Area under the ROC curve: ${curves
        .map(({ name, area }) => `${seriesLabel(name)} ${fixed(area, 3)}`)
        .join(', ')}.`,
      curves: curves.map(({ name, falsePositiveRate, truePositiveRate }) => ({
        name,
        x: falsePositiveRate,
        y: truePositiveRate,
      })),
      ...shown,
      xLabel: 'major rows called minor',
      yLabel: shown === whole ? 'minor rows found' : 'minor rows found, enlarged',
      ...(shown === whole && { window, diagonal: true }),
    });
  return [draw('whole', whole), draw('enlarged corner', window)];
}

/** How much of the axes the enlarged corner shows: twice the median distance of the curves from the corner (0, 1). */
export function rocCorner(curves: readonly RocSeries[]): number {
  const distances = curves
    .map(({ falsePositiveRate, truePositiveRate }) =>
      Math.min(...falsePositiveRate.map((rate, at) => Math.max(rate, 1 - truePositiveRate[at]))),
    )
    .sort((a, b) => a - b);
  const middle = distances[Math.floor(distances.length / 2)];
  return Math.min(1, Math.max(0.05, Math.ceil(2 * middle * 20) / 20));
}
