import type { ReportContext } from '../context.ts';
import { fixed, integer, listed, percent } from '../format.ts';
import { element, type Markup } from '../markup.ts';
import { table } from '../table.ts';
import { section } from './section.ts';

/** Who helps whom: the class pairs, how hard they are, and the majors that distance alone would choose. */
export function pairsSection({ record }: ReportContext): Markup {
  const { tau, assignment, pairAccuracy, classDistance, separable, overlapped: overlappedArm } = record.config.method;
  const overlapped = record.classPairs
    .filter((pair) => pair.overlapped)
    .map(({ minor, major }) => `${minor}\u2013${major}`);
  const found =
    overlapped.length === 0
      ? `No pair is overlapped at \u03c4 = ${tau}.`
      : `Overlapped at \u03c4 = ${tau}: ${listed(overlapped)}.`;
  const separableText = separable === 'nothing' ? 'nothing to the others' : `${separable} to the others`;
  return section(
    'pairs',
    'Class pairs',
    `${found} Algorithm 1 gives ${overlappedArm} to overlapped pairs and ${separableText}; Algorithm 2 gives each pair rounds by its accuracy.`,
    table(
      assignment === 'fixed' ? 'Pairs of this run (fixed by hand)' : `Pairs of this run (${assignment})`,
      [
        { head: 'Minor' },
        { head: 'Major' },
        { head: `Distance (${classDistance})`, numeric: true },
        { head: `Held-out accuracy (${pairAccuracy})`, numeric: true },
        { head: 'Overlapped' },
        { head: 'Rounds of Algorithm 2', numeric: true },
        { head: 'Closest major' },
        { head: 'at a distance of', numeric: true },
      ],
      record.classPairs.map((pair) => {
        const automatic = record.automaticPairs.find(({ minor }) => minor === pair.minor);
        return [
          pair.minor,
          pair.major,
          distanceText(pair.distance),
          percent(pair.accuracy),
          pair.overlapped ? element('strong', {}, 'yes') : 'no',
          integer(pair.algorithm2Iterations),
          automatic === undefined ? '\u2013' : automatic.major === pair.major ? 'the same' : automatic.major,
          automatic === undefined ? '\u2013' : distanceText(automatic.distance),
        ];
      }),
    ),
  );
}

/** Three digits, so that the distances of one table compare at a glance. */
function distanceText(distance: number): string {
  return fixed(distance, distance >= 99.95 ? 0 : distance >= 9.995 ? 1 : 2);
}
