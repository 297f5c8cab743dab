import { type Child, element, type Markup } from './markup.ts';

export interface Column {
  readonly head: string;
  /** Numbers are set to the right. */
  readonly numeric?: boolean;
}

/** A table; the first cell of each row is its heading. */
export function table(caption: string, columns: readonly Column[], rows: readonly (readonly Child[])[]): Markup {
  const alignment = (index: number) => (columns[index].numeric ? 'number' : undefined);
  return element(
    'div',
    { class: 'scroll' },
    element(
      'table',
      {},
      element('caption', {}, caption),
      element(
        'thead',
        {},
        element(
          'tr',
          {},
          columns.map(({ head }, index) => element('th', { scope: 'col', class: alignment(index) }, head)),
        ),
      ),
      element(
        'tbody',
        {},
        rows.map((row) =>
          element(
            'tr',
            {},
            row.map((cell, index) =>
              index === 0
                ? element('th', { scope: 'row', class: alignment(index) }, cell)
                : element('td', { class: alignment(index) }, cell),
            ),
          ),
        ),
      ),
    ),
  );
}

/** Content that opens on a click, and always in print. */
export function details(summary: string, ...children: Child[]): Markup {
  return element('details', {}, element('summary', {}, summary), children);
}
