import { element, type Markup, palette } from '@csx/core/page';

const { blue, vermilion, green, purple, orange, sky, ink } = palette;
const colors = [blue, vermilion, green, purple, orange, sky, ink];

/** Paths of about the same area around 0. */
const shapes = [
  'M-4.6 0a4.6 4.6 0 1 0 9.2 0a4.6 4.6 0 1 0-9.2 0z',
  'M-4.1-4.1h8.2v8.2h-8.2z',
  'M0-5.6L5.6 4.2H-5.6z',
  'M0-5.9L5.9 0L0 5.9L-5.9 0z',
  'M0 5.6L5.6-4.2H-5.6z',
  'M-5.6-1.9h3.7v-3.7h3.8v3.7h3.7v3.8h-3.7v3.7h-3.8v-3.7h-3.7z',
];

/** CSS class that sets the color of a series. Colors and shapes repeat in turns of 7 and 6, their pairs in 42. */
export const seriesClass = (index: number): string => `series-${index % colors.length}`;

export interface MarkOptions {
  readonly hollow?: boolean;
  /** Shown where a pointer rests on it. */
  readonly title?: string;
}

/** The marker of a series at a point. */
export function seriesMark(index: number, x: number, y: number, { hollow = false, title }: MarkOptions = {}): Markup {
  return element(
    'g',
    { transform: `translate(${x.toFixed(2)} ${y.toFixed(2)})` },
    title === undefined ? null : element('title', {}, title),
    element('path', {
      class: `${hollow ? 'mark hollow' : 'mark'} ${seriesClass(index)}`,
      d: shapes[index % shapes.length],
    }),
  );
}

export interface LegendEntry {
  readonly index: number;
  readonly label: string;
  readonly hollow?: boolean;
}

/** The markers with their names. */
export function seriesLegend(entries: readonly LegendEntry[]): Markup {
  return element(
    'ul',
    { class: 'legend' },
    entries.map(({ index, label, hollow = false }) => element('li', {}, seriesKey(index, hollow), label)),
  );
}

/** A marker beside words. */
export function seriesKey(index: number, hollow = false): Markup {
  return element(
    'svg',
    { class: 'key', viewBox: '0 0 16 16', width: 16, height: 16, 'aria-hidden': 'true' },
    element('title', {}, 'marker'),
    seriesMark(index, 8, 8, { hollow }),
  );
}

/** Rules of the colors on light or on dark pages. */
export function seriesCss(scheme: 'light' | 'dark'): string {
  return colors.map((color, i) => `.series-${i}{--series:${color[scheme]}}`).join('');
}
