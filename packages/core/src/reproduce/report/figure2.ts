import { element, type Markup } from '../../report/markup.ts';
import { section } from '../../report/sections/section.ts';
import { ratioPair, ratios } from '../studies.ts';
import { areaFigures } from './area-rows.ts';
import { curveFigures } from './curves.ts';
import { meanCurves } from './mean-curves.ts';
import type { PageContext } from './page-context.ts';
import { pairName } from './text.ts';

/** Figure 2: airplane and cat at three ratios of their training images. */
export function figure2Section({ reproduction, studies }: PageContext): Markup {
  const { areas, comparisons, settings } = reproduction;
  const { majorCount, minorCount } = settings.base.data;
  const figures = ratios.map(({ key, name, share }) => ({
    id: `pr-${key}`,
    key,
    name: `${pairName(ratioPair)} at ${name}`,
    caption: [
      element('b', {}, name),
      element('span', { class: 'soft' }, `${majorCount} airplanes, ${Math.round(share * minorCount)} cats`),
    ],
  }));
  return section(
    'figure-2',
    'Figure 2: fewer and fewer images of a minor class',
    'Cats are paired with airplanes here, and get fewer training images from plot to plot; the other classes and pairs stay as in figure 1.',
    curveFigures(figures.map(({ key, ...one }) => ({ ...one, curves: meanCurves(studies, key, ratioPair) }))),
    element(
      'div',
      { class: 'below' },
      areaFigures(
        figures.map(({ key, id, ...one }) => ({
          ...one,
          id: `area-${id}`,
          areas: areas.filter(({ group }) => group === key),
          comparisons: comparisons.filter(({ group }) => group === key),
        })),
      ),
    ),
  );
}
