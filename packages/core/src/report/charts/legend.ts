import { element, type Markup } from '../markup.ts';
import { type SeriesName, seriesClass, seriesDash, seriesLabel, seriesMark } from '../series-style.ts';

/** Names of the series with their line and marker. */
export function seriesLegend(names: readonly SeriesName[]): Markup {
  return element(
    'ul',
    { class: 'legend' },
    names.map((name) =>
      element(
        'li',
        {},
        element(
          'svg',
          { viewBox: '0 0 34 14', width: 34, height: 14, 'aria-hidden': 'true' },
          element('title', {}, seriesLabel(name)),
          element('line', {
            class: `line ${seriesClass(name)}`,
            'stroke-dasharray': seriesDash(name),
            x1: 1,
            x2: 33,
            y1: 7,
            y2: 7,
          }),
          seriesMark(name, 17, 7, 40),
        ),
        seriesLabel(name),
      ),
    ),
  );
}

/** Names of colored fields. `className` sets the field's color. */
export function swatchLegend(entries: readonly { readonly label: string; readonly className: string }[]): Markup {
  return element(
    'ul',
    { class: 'legend' },
    entries.map(({ label, className }) =>
      element('li', {}, element('span', { class: `swatch ${className}`, 'aria-hidden': 'true' }), label),
    ),
  );
}
