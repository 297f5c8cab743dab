import { counted } from '../../report/format.ts';
import { element, type Markup } from '../../report/markup.ts';
import { section } from '../../report/sections/section.ts';
import { details, table } from '../../report/table.ts';
import { type ContrastVerdict, type Decision, margin, significance, type Verdict } from '../verdicts.ts';
import type { PageContext } from './page-context.ts';
import { difference, probability, share, withInterval } from './text.ts';

const classes: Readonly<Record<Decision, string>> = {
  held: 'held',
  'did not hold': 'failed',
  undecided: 'open',
};

/** How many claims came out how: "2 held, 9 did not hold, 5 are undecided". */
export function verdictCounts(verdicts: readonly Verdict[]): string {
  const count = (decision: Decision) => verdicts.filter((one) => one.decision === decision).length;
  const open = count('undecided');
  return `${count('held')} held, ${count('did not hold')} did not hold, ${open} ${open === 1 ? 'is' : 'are'} undecided`;
}

/** What the paper claims, and what became of it. */
export function verdictSection({ reproduction: { verdicts } }: PageContext): Markup | null {
  if (verdicts.length === 0) return null;
  return section(
    'verdicts',
    'The paper\u2019s claims',
    `Of ${counted(verdicts.length, 'claim')} ${verdictCounts(verdicts)}. A claim holds if all of its parts do, and does not if one of them does not.`,
    table(
      'Claims in the order of the paper; the figures are means over the seeds with 95 % intervals',
      [{ head: 'Verdict' }, { head: 'Claim' }, { head: 'Parts' }],
      verdicts.map((verdict) => [
        element('span', { class: `verdict ${classes[verdict.decision]}` }, verdict.decision),
        [
          element('div', { class: 'claim' }, verdict.text),
          element(
            'div',
            { class: 'soft' },
            [verdict.source, ...(verdict.against === undefined ? [] : [`against ${verdict.against}`])].join('; '),
          ),
          element('div', { class: 'soft' }, verdict.reason),
        ],
        verdict.contrasts.map((contrast) =>
          element(
            'div',
            { class: `part ${classes[contrast.decision]}` },
            element('span', {}, contrast.label),
            element('span', {}, figures(contrast)),
          ),
        ),
      ]),
    ),
    details(
      'How claims are decided',
      element(
        'ul',
        { class: 'rules' },
        [
          `Everything is paired by seed: a part is a difference between two arms that share network, images and order of training, and its values over the seeds are what is tested.`,
          `\u201cAbove\u201d holds if the exact one-sided Wilcoxon signed-rank test gives p \u2264 ${significance}. It does not hold if the interval of the mean ends below ${margin}: half a point of area is nobody\u2019s clear improvement. Five seeds that all agree give p = 0.031, four 0.063: with fewer than five seeds nothing is decided.`,
          `\u201cNo difference\u201d holds if the 90 % interval lies within \u00b1${margin}, and does not if the interval lies beyond. \u201cNot below\u201d holds if the 90 % interval begins above \u2212${margin}.`,
          `That all parts of a claim hold needs no correction for their number. That one of m parts fails is decided by an interval at 1 \u2212 ${significance} / m. Claims are not corrected for each other: of twenty that are decided wrongly at this rate, one would be expected.`,
          `Tables of all arms against each other are two-sided and corrected by Holm\u2019s method.`,
        ].map((rule) => element('li', {}, rule)),
      ),
    ),
  );
}

function figures({ relation, label, probability: p, ...interval }: ContrastVerdict): string {
  const { values } = interval;
  if (relation === 'always') {
    const seen = values.filter((value) => value !== null);
    return `${seen.filter((value) => value > 0.5).length} of ${counted(seen.length, 'seed')}`;
  }
  const text = withInterval(interval, label.startsWith('share') ? share : difference);
  return p === undefined ? text : `${text}, p ${probability(p).replace(/^(?=\d)/, '= ')}`;
}
