import { fixed, listed } from '../../report/format.ts';
import { element, type Markup } from '../../report/markup.ts';
import { figure, gallery, pairCaption, section } from '../../report/sections/section.ts';
import { table } from '../../report/table.ts';
import type { FoundPairs } from '../found-pairs.ts';
import type { Picture } from '../pictures.ts';
import type { PageContext } from './page-context.ts';
import { pairName } from './text.ts';

/** Figure 3: the pairs with their images, and what a search for the closest majors finds. */
export function figure3Section({ reproduction: { foundPairs, pictures } }: PageContext): Markup | null {
  if (foundPairs === undefined) return null;
  return section(
    'figure-3',
    'Figure 3: the class pairs',
    'The paper\u2019s pairs, with the first training images of each class. All experiments use these pairs; the table says which majors are closest in latent space (distance between class means) under the networks trained here.',
    gallery(
      foundPairs.map((pair) =>
        figure(
          pairCaption(pair.minor, pair.major, ''),
          [pair.major, pair.minor].map((name) => strip(pictures.find(({ className }) => className === name))),
        ),
      ),
    ),
    element(
      'div',
      { class: 'below' },
      table(
        'The paper\u2019s major of each minor class, and the closest one',
        [
          { head: 'Pair of the paper' },
          { head: 'Closest major, seed by seed' },
          { head: 'seeds that agree', numeric: true },
          { head: 'distance of the paper\u2019s pair', numeric: true },
          { head: 'of the closest', numeric: true },
        ],
        foundPairs.map((pair) => [
          pairName(pair),
          foundText(pair.found),
          agreement(pair),
          pair.distance === undefined ? '\u2013' : fixed(pair.distance, 2),
          pair.foundDistance === undefined ? '\u2013' : fixed(pair.foundDistance, 2),
        ]),
      ),
    ),
  );
}

function strip(picture: Picture | undefined): Markup | null {
  if (picture === undefined) return null;
  return element('img', {
    class: 'strip',
    src: `data:image/png;base64,${picture.png}`,
    alt: `Training images of class ${picture.className}`,
    width: 2 * picture.width,
    height: 2 * picture.height,
  });
}

function foundText(found: FoundPairs[number]['found']): string {
  const counts = new Map<string, number>();
  for (const major of found) if (major !== null) counts.set(major, (counts.get(major) ?? 0) + 1);
  const texts = [...counts].map(([major, count]) => (counts.size === 1 ? major : `${major} (${count})`));
  return texts.length === 0 ? '\u2013' : listed(texts);
}

function agreement({ found, major }: FoundPairs[number]): string {
  const there = found.filter((one) => one !== null);
  return `${there.filter((one) => one === major).length} of ${there.length}`;
}
