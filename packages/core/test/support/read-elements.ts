export interface ReadElement {
  readonly name: string;
  readonly attributes: ReadonlyMap<string, string>;
}

const emptyElements = new Set(['meta', 'br', 'path', 'rect', 'line', 'circle']);

/**
 * The elements of a document in order. A strict reader for pages that csx writes: attributes in
 * double quotes, no comments, every element closed in its place; anything else throws.
 */
export function readElements(html: string): ReadElement[] {
  const found: ReadElement[] = [];
  const open: string[] = [];
  const body = html.replace(/^<!DOCTYPE html>\n/, '').replace(/<style>[^<]*<\/style>/, '<style></style>');
  const tag = /<(\/?)([a-zA-Z][\w]*)((?:\s+[\w:-]+(?:="[^"<>]*")?)*)\s*(\/?)>|([<>])|&(?!amp;|lt;|gt;|quot;|#39;)/g;
  for (const match of body.matchAll(tag)) {
    const [whole, closing, name, attributeText, selfClosed] = match;
    const where = `at "${body.slice(match.index, match.index + 60)}"`;
    if (name === undefined) throw new Error(`stray ${whole} ${where}`);
    if (closing) {
      if (open.pop() !== name) throw new Error(`</${name}> closes nothing ${where}`);
      continue;
    }
    const attributes = new Map<string, string>();
    for (const [, key, value] of attributeText.matchAll(/([\w:-]+)(?:="([^"]*)")?/g)) {
      if (attributes.has(key)) throw new Error(`attribute ${key} twice ${where}`);
      attributes.set(key, value ?? '');
    }
    if (emptyElements.has(name) !== Boolean(selfClosed)) throw new Error(`<${name}> is wrongly closed ${where}`);
    if (!selfClosed) open.push(name);
    found.push({ name, attributes });
  }
  if (open.length > 0) throw new Error(`never closed: ${open.join(', ')}`);
  return found;
}
