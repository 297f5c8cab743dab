import { describe, expect, it } from 'vitest';
import { readElements } from './read-elements.ts';

describe('the strict reader of pages', () => {
  it('reads elements with their attributes', () => {
    expect(readElements('<p id="a" hidden>x &amp; y<br/></p>').map(({ name }) => name)).toEqual(['p', 'br']);
    expect(readElements('<p id="a">x</p>')[0].attributes.get('id')).toBe('a');
  });

  it.each([
    ['an element left open', '<p>x'],
    ['elements closed in the wrong order', '<p><b>x</p></b>'],
    ['a stray bracket', '<p>a < b</p>'],
    ['a bare ampersand', '<p>a & b</p>'],
    ['an unquoted attribute', '<p id=a>x</p>'],
    ['an attribute twice', '<p id="a" id="b">x</p>'],
  ])('refuses %s', (_, html) => {
    expect(() => readElements(html)).toThrow();
  });
});
