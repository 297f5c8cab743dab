import { details, element, figure, forBothWidths, gallery, type Markup, section, table } from '@csx/core/page';
import { digits } from '../harness/format.ts';
import type { NamedRecord } from './named-record.ts';
import { type Roofline, rooflinesOf, roofShare } from './roofline.ts';
import { rooflineChart } from './roofline-chart.ts';
import { seriesLegend } from './series-look.ts';

function rooflineTable(roofline: Roofline, caption: string): Markup {
  return table(
    caption,
    [
      { head: 'Case' },
      { head: 'Candidate' },
      { head: 'FLOP per byte', numeric: true },
      { head: 'GFLOP/s', numeric: true },
      { head: 'of the roof', numeric: true },
    ],
    roofline.points.map((point) => [
      `${point.suite}: ${point.caseName}`,
      point.title,
      digits(point.intensity),
      digits(point.gflopPerSecond),
      roofShare(roofline, point) ?? '-',
    ]),
  );
}

/** A roofline for each record and device; null where no record counts both FLOP and bytes. */
export function rooflinesSection(records: readonly NamedRecord[]): Markup | null {
  const all = records.flatMap((one) => rooflinesOf(one.record).map((roofline) => ({ one, roofline })));
  if (all.length === 0) return null;
  const suites = [...new Set(all.flatMap(({ roofline }) => roofline.points.map(({ suite }) => suite)))];
  const hasOthers = all.some(({ roofline }) => roofline.points.some(({ isOwn }) => !isOwn));
  return section(
    'rooflines',
    'How near to the limits',
    'Rates over arithmetic intensity. The roof is what the device itself reached in the same run: its bandwidth on the left, its arithmetic on the right. The bytes are the least that must move; data that stay in a cache can lift a point over the left part of the roof. Cases without counted FLOP or bytes have no place here.',
    seriesLegend([
      ...suites.map((label, index) => ({ index, label })),
      ...(hasOthers ? [{ index: 6, label: 'hollow: beside csx', hollow: true }] : []),
    ]),
    gallery(
      all.map(({ one, roofline }, i) => {
        const device = roofline.device === 'cpu' ? `CPU (${one.record.runtime.cpuName})` : one.record.adapter?.name;
        const title = `Roofline of ${one.key}, ${device}`;
        const none = roofline.peak === null ? 'its peaks were not measured: no roof' : '';
        return figure(
          [element('b', {}, `${one.key}, ${device}`), element('span', { class: 'soft' }, none)],
          forBothWidths(`roofline-${i}`, 535, (id, width) => rooflineChart({ id, title, width, roofline, suites })),
          details(`The figures: ${one.key}, ${device}`, rooflineTable(roofline, title)),
        );
      }),
    ),
  );
}
