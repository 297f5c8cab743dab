import { scaleLinear } from 'd3-scale';
import { fixed, percent } from '../format.ts';
import { element, type Markup } from '../markup.ts';
import { type Series, seriesLabel, seriesMark } from '../series-style.ts';
import { bottomAxis, chart, leftAxis, type PlotArea, textWidth } from './frame.ts';
import { placeLabels } from './place-labels.ts';

/** Every series as one labelled point: what the minor classes gain against what the ranking loses. */
export function tradeOffChart(id: string, width: number, series: readonly Series[]): Markup {
  const area: PlotArea = { left: 58, top: 34, width: width - 78, height: 262 };
  const recalls = series.map(({ evaluation }) => evaluation.minorRecall);
  const areas = series.map(({ evaluation }) => evaluation.meanAveragePrecision);
  const x = scaleLinear(padded(recalls, 0.02), [area.left, area.left + area.width]).nice();
  const y = scaleLinear(padded(areas, 0.005), [area.top + area.height, area.top]).nice();
  const points = series.map((_, i) => ({ x: x(recalls[i]), y: y(areas[i]) }));
  const labels = placeLabels(
    points,
    series.map(({ name }) => textWidth(seriesLabel(name))),
    { left: area.left, right: width, top: area.top - 8, bottom: area.top + area.height },
  );
  return chart(
    {
      id,
      title: 'Recall of the minor classes and mean average precision',
      description: series
        .map(
          ({ name }, i) =>
            `${seriesLabel(name)}: recall ${percent(recalls[i])}, mean average precision ${fixed(areas[i], 3)}.`,
        )
        .join(' '),
      width,
      height: area.top + area.height + 44,
    },
    bottomAxis(area, x, {
      format: (value) => percent(value, x.domain()[1] - x.domain()[0] < 0.05 ? 1 : 0),
      label: 'mean recall of the minor classes',
      tickCount: width / 90,
    }),
    leftAxis(area, y, { format: (value) => fixed(value, 3), tickCount: 5 }),
    element('text', { class: 'axis', x: 6, y: 16 }, 'mean average precision over the class pairs'),
    series.map(({ name }, i) => [
      labels[i].isApart
        ? element('line', { class: 'leader', x1: points[i].x, y1: points[i].y, x2: labels[i].x, y2: labels[i].y })
        : null,
      seriesMark(name, points[i].x, points[i].y, 80),
      element(
        'text',
        { class: 'name', x: labels[i].x, y: labels[i].y + 4, 'text-anchor': labels[i].anchor },
        seriesLabel(name),
      ),
    ]),
  );
}

function padded(values: readonly number[], least: number): [number, number] {
  const low = Math.min(...values);
  const high = Math.max(...values);
  const margin = Math.max(least, (high - low) * 0.14);
  return [Math.max(0, low - margin), Math.min(1, high + margin)];
}
