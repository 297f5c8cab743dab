import { withPrefix } from '../../report/format.ts';
import { element, type Markup } from '../../report/markup.ts';
import { section } from '../../report/sections/section.ts';
import { seriesLabel } from '../../report/series-style.ts';
import { table } from '../../report/table.ts';
import { paperSaving } from '../class-specific.ts';
import type { PageContext } from './page-context.ts';
import { area, pairName, share, withInterval } from './text.ts';

/** Class-specific extrapolation: which pairs are overlapped, what happens to the accuracy, and what is saved. */
export function classSpecificSection({ reproduction: { classSpecific, settings } }: PageContext): Markup | null {
  if (classSpecific === undefined) return null;
  const { tau } = settings.base.method;
  const { pairs, arms, savings } = classSpecific;
  return section(
    'class-specific',
    'Class-specific extrapolation',
    `Algorithm 1 gives asymmetric latents to pairs whose accuracy on held-out images is at most \u03c4 = ${tau}, and random ones to the others; Algorithm 2 has no threshold, and gives harder pairs more rounds. Both beside asymmetric latents for every pair.`,
    table(
      'Accuracy of each pair before any extrapolation (mean of its two classes), mean over the seeds [95 % interval]',
      [
        { head: 'Pair' },
        { head: 'accuracy', numeric: true },
        { head: `overlapped at ${tau}` },
        { head: 'in the paper' },
      ],
      pairs.map(({ minor, major, accuracy, overlapped }) => {
        const seen = overlapped.filter((one) => one !== null);
        return [
          pairName({ minor, major }),
          withInterval(accuracy, share),
          `${seen.filter(Boolean).length} of ${seen.length} seeds`,
          minor === 'deer' || minor === 'cat' ? 'overlapped' : 'separable',
        ];
      }),
    ),
    table(
      'All ten classes, mean over the seeds [95 % interval]',
      [
        { head: 'Arm' },
        { head: 'accuracy', numeric: true },
        { head: 'minor recall', numeric: true },
        { head: 'mean average precision', numeric: true },
        { head: 'operations after the first epochs', numeric: true },
        { head: 'synthetic latents', numeric: true },
      ],
      arms.map(({ arm, ...one }) => [
        seriesLabel(arm),
        withInterval(one.accuracy, share),
        withInterval(one.minorRecall, share),
        withInterval(one.averagePrecision, area),
        one.flop === undefined ? '\u2013' : withPrefix(one.flop.mean, 'FLOP'),
        one.syntheticCount === undefined ? '\u2013' : String(Math.round(one.syntheticCount.mean)),
      ]),
    ),
    table(
      'What Algorithm 1 saves against asymmetric latents for every pair, mean over the seeds [95 % interval]',
      [{ head: 'Counted' }, { head: 'saved', numeric: true }],
      [
        ...savings.map(({ label, saved }) => [label, withInterval(saved, share)]),
        ['the paper, whose way of counting is not given', share(paperSaving)],
      ],
    ),
    element(
      'p',
      { class: 'note' },
      'Random latents need no ranking and no distances of equation (1), but are as many and are trained as long: what remains to be saved is small wherever training is counted.',
    ),
  );
}
