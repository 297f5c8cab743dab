import { type Child, element, render, styleElement } from './markup.ts';

export interface DocumentHead {
  readonly title: string;
  readonly generator: string;
  /** Style sheet. */
  readonly style: string;
}

/** A whole HTML document. */
export function htmlDocument({ title, generator, style }: DocumentHead, ...body: Child[]): string {
  const page = element(
    'html',
    { lang: 'en' },
    element(
      'head',
      {},
      element('meta', { charset: 'utf-8' }),
      element('meta', { name: 'viewport', content: 'width=device-width, initial-scale=1' }),
      element('meta', { name: 'generator', content: generator }),
      element('title', {}, title),
      styleElement(style),
    ),
    element('body', {}, body),
  );
  return `<!DOCTYPE html>\n${render(page)}\n`;
}
