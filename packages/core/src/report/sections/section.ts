import { type Child, element, type Markup } from '../markup.ts';

/** A part of the page: a heading that says what was found, and the pictures that show it. */
export function section(id: string, title: string, lead: Child, ...children: Child[]): Markup {
  return element(
    'section',
    { id, 'aria-labelledby': `${id}-heading` },
    element('h2', { id: `${id}-heading` }, title),
    lead === null ? null : element('p', { class: 'lead' }, lead),
    children,
  );
}

/** A picture with a caption above it. */
export function figure(caption: Child, ...children: Child[]): Markup {
  return element('figure', {}, caption === null ? null : element('figcaption', {}, caption), children);
}

/** Pictures side by side, as many as fit. */
export function gallery(...children: Child[]): Markup {
  return element('div', { class: 'gallery' }, children);
}

/** Pixels that a plot has on a phone. */
const narrowWidth = 352;

/** A wide plot drawn twice, with room for its labels in both: a screen shows the one that fits. */
export function forBothWidths(id: string, width: number, draw: (id: string, width: number) => Markup): Markup {
  return element(
    'div',
    {},
    element('div', { class: 'wide' }, draw(id, width)),
    element('div', { class: 'narrow' }, draw(`${id}-narrow`, narrowWidth)),
  );
}

/** The caption of a class pair: the minor class first, since it is the one that is helped. */
export function pairCaption(minor: string, major: string, note: string): Child {
  return [element('b', {}, minor), ' against ', major, note === '' ? null : element('span', { class: 'soft' }, note)];
}
