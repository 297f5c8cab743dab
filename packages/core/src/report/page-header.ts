import { type Child, element, type Markup } from './markup.ts';

export interface PageHeader {
  /** A line above the title. */
  readonly eyebrow: string;
  readonly title: string;
  /** What came out, a sentence each. */
  readonly headlines: readonly string[];
  readonly caveat: string;
  readonly facts: readonly (readonly [term: string, value: Child])[];
  readonly sections: readonly { readonly id: string; readonly name: string }[];
}

/** The head of a page: what it shows, what came out, under which conditions, and where to find it. */
export function pageHeader({ eyebrow, title, headlines, caveat, facts, sections }: PageHeader): Markup {
  return element(
    'header',
    {},
    element('p', { class: 'eyebrow' }, eyebrow),
    element('h1', {}, title),
    headlines.map((text) => element('p', { class: 'headline' }, text)),
    element('p', { class: 'caveat' }, caveat),
    element(
      'dl',
      { class: 'facts' },
      facts.map(([term, value]) => element('div', {}, element('dt', {}, term), element('dd', {}, value))),
    ),
    element(
      'nav',
      { 'aria-label': 'Sections' },
      element(
        'ul',
        {},
        sections.map(({ id, name }) => element('li', {}, element('a', { href: `#${id}` }, name))),
      ),
    ),
  );
}
