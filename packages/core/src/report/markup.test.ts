import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { element, escapeText, render } from './markup.ts';

describe('markup', () => {
  it('escapes text and attributes, whatever they contain', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const { html } = element('p', { title: text }, text);
        const inner = html.slice('<p title="'.length, -'</p>'.length);
        expect(inner.replaceAll('">', '')).not.toMatch(/[<>"']/);
        expect(inner.replace(/&(amp|lt|gt|quot|#39);/g, '')).not.toContain('&');
      }),
    );
    expect(escapeText(`<b>&"'`)).toBe('&lt;b&gt;&amp;&quot;&#39;');
  });

  it('leaves attributes out, rounds numbers and refuses those that are not finite', () => {
    expect(element('rect', { x: 1.23456, y: undefined, hidden: true, open: false }).html).toBe(
      '<rect x="1.23" hidden/>',
    );
    expect(() => element('rect', { x: Number.NaN })).toThrow('attribute x of <rect> is NaN');
  });

  it('nests elements and lists without escaping them again', () => {
    const inner = element('i', {}, 'a & b');
    expect(render(['x < y', [inner, null]])).toBe('x &lt; y<i>a &amp; b</i>');
  });
});
