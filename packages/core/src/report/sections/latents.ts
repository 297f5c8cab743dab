import type { ArmName } from '../../run/config.ts';
import { latentMapChart, mapExtent } from '../charts/latent-map.ts';
import { swatchLegend } from '../charts/legend.ts';
import type { ReportContext } from '../context.ts';
import { latentMapPoints } from '../evenly-spaced-rows.ts';
import { boundaryTimes, type LatentMap } from '../extras.ts';
import { fixed, integer, listed, percent } from '../format.ts';
import { element, type Markup } from '../markup.ts';
import { seriesLabel } from '../series-style.ts';
import { details, table } from '../table.ts';
import { figure, gallery, pairCaption, section } from './section.ts';

/** Two-dimensional pictures of each pair's latents, one an arm. */
export function latentsSection({ record, extras }: ReportContext): Markup {
  const groups = record.classPairs
    .map(({ minor, major }, p) => ({
      id: `latents-${p}`,
      maps: extras.latentMaps.filter((map) => map.minor === minor && map.major === major),
    }))
    .filter(({ maps }) => maps.length > 0);
  if (groups.length === 0) {
    return section('latents', 'Where the synthetic latents lie', 'This run kept no latents to draw.');
  }
  const maps = groups.flatMap((group) => group.maps);
  const arms = record.arms.map(({ name }) => name).filter((name) => maps.some(({ arm }) => arm === name));
  const compared = comparedArms(arms);
  const others = arms.filter((arm) => !compared.includes(arm));
  const joint = record.config.method.retraining === 'joint';
  const drawn = groups.flatMap(({ id, maps: ofPair }) => {
    // One range for all pictures of a pair, hidden ones too: they compare at a glance, unless each network has its own space.
    const shared = mapExtent(ofPair);
    return ofPair.map((map) => ({
      arm: map.arm,
      picture: figure(
        pairCaption(map.minor, map.major, seriesLabel(map.arm)),
        latentMapChart(`${id}-${map.arm}`, map, joint ? mapExtent([map]) : shared),
      ),
    }));
  });
  return section(
    'latents',
    'Where the synthetic latents lie',
    joint
      ? jointLead
      : maps.some(({ firstBoundary }) => firstBoundary !== null)
        ? 'A plane through the latent space of each pair. Left of the full line, the boundary before the rounds, the classifier prefers the major class, right of it the minor one; distances from that line are exact. The vertical axis is the largest spread that remains. The dashed line is where the boundary of the arm cuts the plane after its last round.'
        : 'A plane through the latent space of each pair: from left to right along the line between the two class means, upwards the largest spread that remains.',
    swatchLegend([
      { label: 'real, major class', className: 'real-major' },
      { label: 'real, minor class', className: 'real-minor' },
      { label: 'synthetic, labelled minor', className: 'synthetic' },
    ]),
    gallery(drawn.filter(({ arm }) => compared.includes(arm)).map(({ picture }) => picture)),
    element(
      'p',
      { class: 'note' },
      `At most ${integer(latentMapPoints)} evenly spaced rows of each kind are drawn; the hills above each plane are their densities along the horizontal axis, each to its own height.`,
    ),
    others.length === 0
      ? null
      : details(
          `The same for ${listed(others.map(seriesLabel))}`,
          gallery(drawn.filter(({ arm }) => others.includes(arm)).map(({ picture }) => picture)),
        ),
    details(
      'The pictures as a table',
      table(
        `Mean position along the horizontal axis, and the share of synthetic latents beyond the boundary ${boundaryTimes[maps[0].boundaryAt]}`,
        [
          { head: 'Pair' },
          { head: 'Arm' },
          { head: 'Real major', numeric: true },
          { head: 'Real minor', numeric: true },
          { head: 'Synthetic', numeric: true },
          { head: 'On the major side', numeric: true },
        ],
        maps.map((map) => [
          `${map.minor}\u2013${map.major}`,
          seriesLabel(map.arm),
          meanText(map.realMajor.x),
          meanText(map.realMinor.x),
          meanText(map.synthetic.x),
          majorSide(map),
        ]),
      ),
    ),
  );
}

const jointLead =
  'A plane through the latent space of each pair, as the arm\u2019s own network sees it after the last round; the spaces of two arms are not the same. Left of the full line, its boundary, it prefers the major class, right of it the minor one; distances from that line are exact. The vertical axis is the largest spread that remains. Synthetic latents lie where their parents have taken them.';

/** Biased placement beside the unbiased one; without these, whatever the run has. */
function comparedArms(arms: readonly ArmName[]): ArmName[] {
  const wanted = arms.filter((arm) => arm === 'random' || arm === 'asymmetric');
  return wanted.length > 0 ? wanted : arms.slice(0, 2);
}

function meanText(values: readonly number[]): string {
  return values.length === 0 ? '\u2013' : fixed(values.reduce((sum, value) => sum + value, 0) / values.length, 2);
}

function majorSide({ synthetic, firstBoundary }: LatentMap): string {
  if (firstBoundary === null || synthetic.x.length === 0) return '\u2013';
  const { x, y, constant } = firstBoundary;
  const beyond = synthetic.x.filter((value, i) => x * value + y * synthetic.y[i] + constant < 0).length;
  return percent(beyond / synthetic.x.length, 0);
}
