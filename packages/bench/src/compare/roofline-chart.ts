import {
  bottomAxis,
  chart,
  element,
  leftAxis,
  linePath,
  type Markup,
  type PlotArea,
  significant,
} from '@csx/core/page';
import { digits } from '../harness/format.ts';
import { logScale } from './log-scale.ts';
import { attainable, type Roofline, roofShare } from './roofline.ts';
import { seriesMark } from './series-look.ts';

export interface RooflineChartOptions {
  /** Unique on the page. */
  readonly id: string;
  readonly title: string;
  readonly width: number;
  readonly roofline: Roofline;
  /** Suites of the page; their order gives each its look. */
  readonly suites: readonly string[];
}

/** Values apart on a logarithmic axis, with room around them. */
const padded = (values: readonly number[], factor: number): [number, number] => [
  Math.min(...values) / factor,
  Math.max(...values) * factor,
];

/** GFLOP/s over FLOP per byte, both logarithmic, below the roof of the peaks that were measured beside. */
export function rooflineChart({ id, title, width, roofline, suites }: RooflineChartOptions): Markup {
  const { peak, points } = roofline;
  const area: PlotArea = { left: 52, top: 34, width: width - 52 - 18, height: 320 };
  const intensities = points.map(({ intensity }) => intensity);
  const ridge = peak?.gflopPerSecond && peak.gbytePerSecond ? [peak.gflopPerSecond / peak.gbytePerSecond] : [];
  const [least, most] = padded([...intensities, ...ridge], 1.6);
  const roof = peak === null ? [] : [least, ...ridge, most].map((x) => [x, attainable(peak, x)] as const);
  const rates = points.map(({ gflopPerSecond }) => gflopPerSecond);
  const reached = roof.filter(([, y]) => Number.isFinite(y));
  // The roof's low end may be far below all points.
  const roofAtPoints = peak === null ? [] : intensities.map((x) => attainable(peak, x)).filter(Number.isFinite);
  const x = logScale([least, most], [area.left, area.left + area.width]);
  const y = logScale(padded([...rates, ...roofAtPoints], 1.6), [area.top + area.height, area.top]);
  const clip = `${id}-clip`;
  // Own kernels last: on top.
  const ordered = [...points].sort((a, b) => Number(a.isOwn) - Number(b.isOwn));
  return chart(
    {
      id,
      title,
      description: points
        .map(
          ({ suite, caseName, title: who, intensity, gflopPerSecond }) =>
            `${suite}: ${caseName}, ${who}: ${digits(gflopPerSecond)} GFLOP/s at ${digits(intensity)} FLOP per byte.`,
        )
        .join(' '),
      width,
      height: area.top + area.height + 46,
    },
    element(
      'clipPath',
      { id: clip },
      element('rect', { x: area.left, y: area.top, width: area.width, height: area.height }),
    ),
    bottomAxis(area, x, { format: (value) => significant(value), label: 'FLOP per byte that has to move at least' }),
    leftAxis(area, y, { format: (value) => significant(value) }),
    element('text', { class: 'axis', x: 6, y: 16 }, 'GFLOP/s'),
    reached.length < 2
      ? null
      : element('path', {
          class: 'roof',
          d: linePath(reached.map(([at, rate]) => [x(at), y(rate)] as const)),
          'clip-path': `url(#${clip})`,
        }),
    ordered.map((point) => {
      const share = roofShare(roofline, point);
      const ofRoof = share === null ? '' : `, ${share} of the roof`;
      const text = `${point.suite}: ${point.caseName}, ${point.title}: ${digits(point.gflopPerSecond)} GFLOP/s at ${digits(point.intensity)} FLOP per byte${ofRoof}`;
      return seriesMark(suites.indexOf(point.suite), x(point.intensity), y(point.gflopPerSecond), {
        hollow: !point.isOwn,
        title: text,
      });
    }),
    // Where points lie, too, they can be read.
    peak?.gflopPerSecond
      ? element(
          'text',
          { class: 'halo', x: area.left + area.width - 4, y: y(peak.gflopPerSecond) - 6, 'text-anchor': 'end' },
          `${digits(peak.gflopPerSecond)} GFLOP/s`,
        )
      : null,
    peak?.gbytePerSecond ? slopeLabel(peak.gbytePerSecond, area, x, y, most) : null,
  );
}

/** The bandwidth, along the part of its line that is seen. */
function slopeLabel(
  gbytePerSecond: number,
  area: PlotArea,
  x: (value: number) => number,
  y: (value: number) => number,
  most: number,
): Markup | null {
  // Both axes are logarithmic: the line is straight.
  const [x1, y1] = [x(most), y(gbytePerSecond * most)];
  const slope = (y1 - y(gbytePerSecond * most * 0.01)) / (x1 - x(most * 0.01));
  const lowest = area.top + area.height;
  const startX = Math.max(area.left, x1 + (lowest - y1) / slope);
  const startY = y1 + (startX - x1) * slope;
  if (startY < area.top || startX > area.left + area.width) return null;
  const angle = (Math.atan(slope) * 180) / Math.PI;
  return element(
    'text',
    {
      class: 'halo',
      transform: `translate(${startX.toFixed(1)} ${startY.toFixed(1)}) rotate(${angle.toFixed(1)}) translate(10 -7)`,
    },
    `${digits(gbytePerSecond)} GB/s`,
  );
}
