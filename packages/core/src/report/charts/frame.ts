import { type Child, element, type Markup } from '../markup.ts';

/** The rectangle of an SVG in which data are drawn, in pixels. */
export interface PlotArea {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

export interface ChartHead {
  /** Unique on the page; letters, digits and hyphens. */
  readonly id: string;
  readonly title: string;
  /** A sentence for readers who do not see the picture. */
  readonly description: string;
  readonly width: number;
  readonly height: number;
}

/** An SVG with title and description, as wide as its column at most. */
export function chart(head: ChartHead, ...children: Child[]): Markup {
  const { id, width, height } = head;
  return element(
    'svg',
    {
      viewBox: `0 0 ${width} ${height}`,
      width,
      height,
      role: 'img',
      'aria-labelledby': `${id}-title ${id}-desc`,
    },
    element('title', { id: `${id}-title` }, head.title),
    element('desc', { id: `${id}-desc` }, head.description),
    children,
  );
}

/** Turns values into pixels, and knows where marks of the axis belong; d3's scales are such. */
export interface AxisScale {
  (value: number): number;
  ticks(count?: number): readonly number[];
}

export interface AxisOptions {
  readonly format: (value: number) => string;
  readonly label?: string;
  readonly tickCount?: number;
  readonly grid?: boolean;
}

/** Ticks and numbers below an area. */
export function bottomAxis(area: PlotArea, scale: AxisScale, options: AxisOptions): Markup {
  const bottom = area.top + area.height;
  return element(
    'g',
    {},
    scale
      .ticks(options.tickCount ?? 5)
      .map((value) => [
        options.grid === false
          ? null
          : element('line', { class: 'grid', x1: scale(value), x2: scale(value), y1: area.top, y2: bottom }),
        element(
          'text',
          { class: 'tick', x: scale(value), y: bottom + 16, 'text-anchor': 'middle' },
          options.format(value),
        ),
      ]),
    options.label === undefined
      ? null
      : element(
          'text',
          { class: 'axis', x: area.left + area.width / 2, y: bottom + 34, 'text-anchor': 'middle' },
          options.label,
        ),
  );
}

/** Ticks and numbers left of an area; the label stands above, where it can be read. */
export function leftAxis(area: PlotArea, scale: AxisScale, options: AxisOptions): Markup {
  return element(
    'g',
    {},
    scale.ticks(options.tickCount ?? 5).map((value) => [
      options.grid === false
        ? null
        : element('line', {
            class: 'grid',
            x1: area.left,
            x2: area.left + area.width,
            y1: scale(value),
            y2: scale(value),
          }),
      element(
        'text',
        { class: 'tick', x: area.left - 7, y: scale(value) + 4, 'text-anchor': 'end' },
        options.format(value),
      ),
    ]),
    options.label === undefined
      ? null
      : element('text', { class: 'axis', x: area.left - 7, y: area.top - 12 }, options.label),
  );
}

/** Rough width of a text at the charts' 12 pixels; there is no font to measure without a DOM. */
export const textWidth = (text: string): number => 7.6 * text.length;

/** Space for the longest of some labels, within bounds. */
export function labelColumn(labels: readonly string[], most = 130): number {
  return Math.min(most, Math.max(36, ...labels.map(textWidth))) + 12;
}

/** A text shortened to about `width` pixels; the whole stands in its tooltip. */
export function shortened(text: string, width: number): Child {
  const letters = Math.max(2, Math.floor(width / 7.6));
  if (text.length <= letters) return text;
  return [`${text.slice(0, letters - 1)}\u2026`, element('title', {}, text)];
}
