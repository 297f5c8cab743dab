import type { Evaluation } from '../../run/record.ts';
import { fixed } from '../format.ts';
import { element, type Markup } from '../markup.ts';
import { type SeriesName, seriesClass, seriesLabel, seriesMark } from '../series-style.ts';
import { curvePlaneChart, planeScales } from './curve-plane.ts';

type Bins = NonNullable<Evaluation['calibration']>;

const unit = { x: [0, 1], y: [0, 1] } as const;
/** Height of the bar of a bin that holds all rows, as a share of the plane's. */
const fullBar = 0.28;

/** Accuracy over confidence, a mark for each bin that has rows; below, how many of all rows each bin holds. */
export function reliabilityChart(id: string, name: SeriesName, bins: Bins, ece: number): Markup {
  const { x, y } = planeScales(unit);
  const filled = bins.filter(({ count }) => count > 0);
  const total = filled.reduce((sum, { count }) => sum + count, 0);
  return curvePlaneChart(
    {
      id,
      title: `Reliability of ${seriesLabel(name)}`,
      description: `Expected calibration error ${fixed(ece, 3)}. Accuracy by mean confidence: ${filled
        .map(({ confidence, accuracy }) => `${fixed(accuracy, 2)} at ${fixed(confidence, 2)}`)
        .join(', ')}.`,
      curves: [{ name, x: filled.map(({ confidence }) => confidence), y: filled.map(({ accuracy }) => accuracy) }],
      ...unit,
      xLabel: 'confidence',
      yLabel: 'accuracy',
      diagonal: true,
    },
    bins.map(({ count }, bin) => {
      const height = count === 0 ? 0 : (fullBar * count) / total;
      return count === 0
        ? null
        : element('rect', {
            class: `share ${seriesClass(name)}`,
            x: x(bin / bins.length) + 1,
            y: y(height),
            width: x(1 / bins.length) - x(0) - 2,
            height: y(0) - y(height),
          });
    }),
    filled.map(({ confidence, accuracy }) => seriesMark(name, x(confidence), y(accuracy), 34)),
  );
}
