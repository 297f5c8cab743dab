import { bin } from 'd3-array';
import { scaleLinear } from 'd3-scale';
import { area as areaShape, curveBasis } from 'd3-shape';
import { type BoundaryLine, boundaryTimes, type LatentMap, type Points } from '../extras.ts';
import { significant } from '../format.ts';
import { element, type Markup } from '../markup.ts';
import { seriesLabel } from '../series-style.ts';
import { bottomAxis, chart, leftAxis, type PlotArea } from './frame.ts';
import { diamondPath, dotPath, tenth } from './path.ts';

export interface MapExtent {
  readonly x: readonly [number, number];
  readonly y: readonly [number, number];
}

const ridge = 58;
const plot: PlotArea = { left: 46, top: 14 + ridge, width: 468, height: 280 };

/** Scatter of real and synthetic latents, with their densities along x above it. */
export function latentMapChart(id: string, map: LatentMap, extent: MapExtent): Markup {
  const x = scaleLinear([...extent.x], [plot.left, plot.left + plot.width]);
  const y = scaleLinear([...extent.y], [plot.top + plot.height, plot.top]);
  const at = (points: Points) => points.x.map((value, i) => [x(value), y(points.y[i])] as const);
  const kinds = [
    { points: map.realMajor, className: 'real-major' },
    { points: map.realMinor, className: 'real-minor' },
    { points: map.synthetic, className: 'synthetic' },
  ];
  const line = (boundary: BoundaryLine | null, className: string) => {
    const ends = boundary === null ? null : lineInside(boundary, extent);
    if (ends === null) return null;
    const [[x1, y1], [x2, y2]] = ends;
    return element('line', { class: className, x1: x(x1), y1: y(y1), x2: x(x2), y2: y(y2) });
  };
  return chart(
    {
      id,
      title: `Latents of ${map.minor} and ${map.major}, ${seriesLabel(map.arm)}`,
      description: `${map.realMajor.x.length} real ${map.major}, ${map.realMinor.x.length} real ${map.minor} and ${map.synthetic.x.length} synthetic ${map.minor} latents. Horizontal: ${map.axes.x}; vertical: ${map.axes.y}. ${beyondBoundary(map)}`,
      width: plot.left + plot.width + 14,
      height: plot.top + plot.height + 44,
    },
    bottomAxis(plot, x, { format: (value) => significant(value), label: map.axes.x }),
    leftAxis(plot, y, { format: (value) => significant(value) }),
    kinds.map(({ points, className }) =>
      element('path', { class: `ridge ${className}`, d: ridgePath(points.x, extent, x) }),
    ),
    element('path', { class: 'dots real-major', d: dotPath(at(map.realMajor)) }),
    element('path', { class: 'dots real-minor', d: dotPath(at(map.realMinor)) }),
    element('path', { class: 'diamonds synthetic', d: diamondPath(at(map.synthetic), 3) }),
    line(map.firstBoundary, 'boundary'),
    line(map.finalBoundary, 'boundary final'),
    map.firstBoundary === null
      ? null
      : [
          element(
            'text',
            { class: 'side', x: x(0) - 9, y: plot.top + 14, 'text-anchor': 'end' },
            `\u2190 says ${map.major}`,
          ),
          element('text', { class: 'side', x: x(0) + 9, y: plot.top + 14 }, `says ${map.minor} \u2192`),
        ],
  );
}

/** A common range for all maps of a pair. */
export function mapExtent(maps: readonly LatentMap[]): MapExtent {
  const range = (axis: 'x' | 'y'): [number, number] => {
    const values = maps.flatMap((map) => [map.realMajor[axis], map.realMinor[axis], map.synthetic[axis]].flat());
    if (axis === 'x' && maps.some((map) => map.firstBoundary !== null)) values.push(0);
    // Not Math.min(...values): thousands of arguments.
    const low = values.reduce((least, value) => Math.min(least, value), Number.POSITIVE_INFINITY);
    const high = values.reduce((most, value) => Math.max(most, value), Number.NEGATIVE_INFINITY);
    if (!(low <= high)) return [-1, 1];
    const margin = (high - low || 1) * 0.04;
    return [low - margin, high + margin];
  };
  return { x: range('x'), y: range('y') };
}

function ridgePath(values: readonly number[], extent: MapExtent, x: (value: number) => number): string {
  if (values.length === 0) return '';
  const count = 36;
  const [low, high] = extent.x;
  const width = (high - low) / count;
  const thresholds = Array.from({ length: count - 1 }, (_, i) => low + (i + 1) * width);
  const heights = bin()
    .domain([low, high])
    .thresholds(thresholds)([...values])
    .map((members) => members.length);
  const highest = Math.max(...heights);
  const base = plot.top - 6;
  // One empty bin on either side, so that the hill ends on the ground and draws no line beyond.
  const first = Math.max(0, heights.findIndex((height) => height > 0) - 1);
  const last = Math.min(count - 1, heights.findLastIndex((height) => height > 0) + 1);
  const shape = areaShape<number>()
    .x((_, i) => x(low + (first + i + 0.5) * width))
    .y0(base)
    .y1((value) => base - (value / highest) * (ridge - 10))
    .curve(curveBasis);
  // d3's spline writes all the digits of its control points.
  return (shape(heights.slice(first, last + 1)) ?? '').replace(/\d+\.\d+/g, (number) => String(tenth(Number(number))));
}

/** The piece of a line inside the extent; null if it misses it. */
function lineInside(
  { x: a, y: b, constant }: BoundaryLine,
  extent: MapExtent,
): [[number, number], [number, number]] | null {
  const [left, right] = extent.x;
  const [bottom, top] = extent.y;
  const inside: [number, number][] = [];
  const add = (px: number, py: number) => {
    const slack = 1e-9;
    const within = (value: number, low: number, high: number) =>
      value >= low - slack * (high - low) && value <= high + slack * (high - low);
    if (within(px, left, right) && within(py, bottom, top)) inside.push([px, py]);
  };
  if (b !== 0) for (const px of extent.x) add(px, -(a * px + constant) / b);
  if (a !== 0) for (const py of extent.y) add(-(b * py + constant) / a, py);
  if (inside.length < 2) return null;
  // Through a corner, one point is found twice: take the one farthest from the first.
  const distance = ([px, py]: [number, number]) => Math.abs(px - inside[0][0]) + Math.abs(py - inside[0][1]);
  const other = inside.reduce((best, point) => (distance(point) > distance(best) ? point : best));
  return [inside[0], other];
}

function beyondBoundary({ synthetic, firstBoundary, boundaryAt, major }: LatentMap): string {
  if (firstBoundary === null || synthetic.x.length === 0) return '';
  const beyond = synthetic.x.filter(
    (value, i) => firstBoundary.x * value + firstBoundary.y * synthetic.y[i] + firstBoundary.constant < 0,
  ).length;
  return `${Math.round((100 * beyond) / synthetic.x.length)} percent of the synthetic ones lie on the ${major} side of the boundary ${boundaryTimes[boundaryAt]}.`;
}
