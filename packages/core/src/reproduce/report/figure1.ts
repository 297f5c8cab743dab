import { paperClassPairs } from '../../method/paper-class-pairs.ts';
import type { Markup } from '../../report/markup.ts';
import { pairCaption, section } from '../../report/sections/section.ts';
import { areaFigures } from './area-rows.ts';
import { curveFigures } from './curves.ts';
import { meanCurves } from './mean-curves.ts';
import type { PageContext } from './page-context.ts';
import { pairName } from './text.ts';

/** Figure 1: precision-recall curves of the five pairs, each with its corner enlarged, and the areas under them. */
export function figure1Section({ reproduction, studies }: PageContext): Markup {
  const { areas, comparisons } = reproduction;
  const pairs = paperClassPairs.map((pair, p) => ({
    id: `pr-${p}`,
    name: pairName(pair),
    caption: pairCaption(pair.minor, pair.major, ''),
    pair,
  }));
  return section(
    'figure-1',
    'Figure 1: five class pairs',
    'Precision and recall on the test images of the two classes, the minor one positive; at each recall the mean precision over the seeds. The tinted window is enlarged beside it. The control is the network after its first epochs; none was trained as long as the arms, without synthetic latents.',
    curveFigures(pairs.map(({ pair, ...one }) => ({ ...one, curves: meanCurves(studies, 'pairs', pair) }))),
    section(
      'areas-1',
      'Areas under the curves',
      'Average precision: the mean over the seeds, and from three seeds on its 95 % interval (Student\u2019s t). All plots span the same range of values, so distances compare between them. Seeds move all arms together, so these intervals overlap where arms differ: the tables below compare them seed by seed. The faint stem starts at none.',
      areaFigures(
        pairs.map(({ pair: { minor, major }, id, ...one }) => ({
          ...one,
          id: `area-${id}`,
          areas: areas.filter((a) => a.group === 'pairs' && a.minor === minor && a.major === major),
          comparisons: comparisons.filter((c) => c.group === 'pairs' && c.minor === minor && c.major === major),
        })),
      ),
    ),
  );
}
