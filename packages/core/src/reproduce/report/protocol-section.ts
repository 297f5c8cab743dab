import { listReadings } from '../../method/readings.ts';
import { counted, duration, integer, percent, withPrefix } from '../../report/format.ts';
import { element, type Markup } from '../../report/markup.ts';
import { section } from '../../report/sections/section.ts';
import { details, table } from '../../report/table.ts';
import type { Outcome } from '../outcome.ts';
import type { PageContext } from './page-context.ts';

/** What was done, on what, at what cost, and what is missing. */
export function protocolSection({ reproduction }: PageContext): Markup {
  const { outcomes, missing, settings, data } = reproduction;
  const backbones = [...new Map(outcomes.map(({ backbone, ...one }) => [backbone.id, { ...one, backbone }])).values()];
  return section(
    'protocol',
    'Protocol',
    `${data.name}: ${settings.base.data.majorCount} training images of each major class, ${settings.base.data.minorCount} of each minor one, ${settings.base.data.heldOutCount} held out of each for the accuracy of pairs. ${counted(outcomes.length, 'arm')} on ${counted(backbones.length, 'network')} done, ${missing.length} missing. Arms of one seed share their network.`,
    table(
      'Networks after their first epochs',
      [
        { head: 'Seed', numeric: true },
        { head: 'Training images by class' },
        { head: 'test accuracy', numeric: true },
        { head: 'parameters', numeric: true },
        { head: 'operations', numeric: true },
        { head: 'time', numeric: true },
        { head: 'arms trained with' },
      ],
      backbones.map(({ seed, classCounts, control, backbone, trainingEngine }) => [
        String(seed),
        countText(classCounts, data.classNames),
        percent(control.accuracy),
        integer(backbone.parameterCount),
        withPrefix(backbone.trainingFlop, 'FLOP'),
        duration(backbone.ms),
        trainingEngine,
      ]),
    ),
    element(
      'p',
      { class: 'note' },
      `All arms together took ${duration(outcomes.reduce((sum, one) => sum + armMs(one), 0))}, all networks ${duration(backbones.reduce((sum, { backbone }) => sum + backbone.ms, 0))}.`,
    ),
    missing.length === 0
      ? null
      : details(
          `Missing: ${counted(missing.length, 'job')}`,
          table(
            'Jobs that are not done; the same command goes on with them',
            [{ head: 'Seed', numeric: true }, { head: 'Study' }, { head: 'Job' }],
            missing.map(({ seed, title, job }) => [String(seed), title, element('code', {}, job)]),
          ),
        ),
    details(
      'How the open points of the paper are read',
      table(
        'Readings; the ablation changes one at a time',
        [{ head: 'Option' }, { head: 'Value' }, { head: 'Meaning' }],
        listReadings(settings.base).map(({ option, value, meaning }) => [element('code', {}, option), value, meaning]),
      ),
    ),
  );
}

const armMs = ({ timing }: Outcome) => timing.pairingMs + timing.latentOpsMs + timing.trainingMs;

/** "3000 or 1000, cat 500" */
function countText(counts: readonly number[], classNames: readonly string[]): string {
  const byCount = new Map<number, string[]>();
  counts.forEach((count, k) => byCount.set(count, [...(byCount.get(count) ?? []), classNames[k]]));
  return [...byCount]
    .sort(([a], [b]) => b - a)
    .map(([count, names]) => (names.length === 1 ? `${names[0]} ${count}` : String(count)))
    .join(', ');
}
