import { InvariantError } from '@csx/wgsl-kernels';

/** HTML or SVG that is safe to put into a page. Only this file makes it, so nothing goes unescaped. */
export interface Markup {
  readonly html: string;
}

/** What an element may contain; strings are escaped. */
export type Child = Markup | string | null | readonly Child[];

type AttributeValue = string | number | boolean | undefined;

const emptyElements = new Set(['meta', 'br', 'img', 'path', 'rect', 'line', 'circle']);

/** Escapes text for element content and for double-quoted attributes. */
export function escapeText(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;');
}

/**
 * An HTML or SVG element. Numbers in attributes are rounded to a hundredth (of a pixel);
 * `undefined` and `false` leave an attribute out, `true` writes its bare name.
 */
export function element(
  name: string,
  attributes: Readonly<Record<string, AttributeValue>>,
  ...children: Child[]
): Markup {
  let open = `<${name}`;
  for (const [key, value] of Object.entries(attributes)) {
    if (value === undefined || value === false) continue;
    open += value === true ? ` ${key}` : ` ${key}="${attributeText(name, key, value)}"`;
  }
  if (emptyElements.has(name)) return { html: `${open}/>` };
  return { html: `${open}>${render(children)}</${name}>` };
}

/** The style sheet and document type are the only texts that are not elements. */
export function styleElement(css: string): Markup {
  return { html: `<style>${css}</style>` };
}

/** Concatenates children into a string of HTML. */
export function render(children: Child): string {
  if (children === null) return '';
  if (typeof children === 'string') return escapeText(children);
  if ('html' in children) return children.html;
  return children.map(render).join('');
}

function attributeText(name: string, key: string, value: string | number | true): string {
  if (typeof value !== 'number') return escapeText(String(value));
  if (!Number.isFinite(value)) {
    throw new InvariantError(`report: attribute ${key} of <${name}> is ${value}, expected a finite number`);
  }
  return String(Math.round(value * 100) / 100);
}
