import { listed } from '../../report/format.ts';
import { element, type Markup } from '../../report/markup.ts';
import { figure, forBothWidths, section } from '../../report/sections/section.ts';
import { type SeriesName, seriesLabel } from '../../report/series-style.ts';
import { details, table } from '../../report/table.ts';
import { type AblationEffect, armFactor } from '../ablation-effects.ts';
import type { EffectGroup } from './effect-rows.ts';
import { effectRowsChart } from './effect-rows.ts';
import type { PageContext } from './page-context.ts';
import { difference, withInterval } from './text.ts';

/** Which readings of the paper matter: what changes when one of them is changed. */
export function ablationSection({ reproduction: { ablation } }: PageContext): Markup | null {
  const drawn = ablation.filter(({ averagePrecision }) => averagePrecision.mean !== undefined);
  if (ablation.length === 0) return null;
  const missing = ablation.filter((one) => !drawn.includes(one)).map((one) => `${one.title}: ${one.level}`);
  const groups = groupsOf(drawn);
  return section(
    'ablation',
    'Which readings matter',
    'The paper leaves points open; each row changes one reading and keeps all others. The first group puts another arm in the place of asymmetric: an effect that is small beside those does not decide what the paper is about. Symbols are means over the seeds, lines their 95 % intervals, small dots the seeds.',
    drawn.length === 0
      ? element('p', { class: 'note' }, 'Not computed yet.')
      : figure(
          null,
          forBothWidths('effects', 860, (id, width) =>
            effectRowsChart(id, width, 'Change of mean average precision by reading', groups),
          ),
        ),
    missing.length === 0 ? null : element('p', { class: 'note' }, `Without figures: ${listed(missing)}.`),
    details(
      'Effects as a table',
      table(
        'Changes against the base, paired by seed: mean [95 % interval]',
        [
          { head: 'Reading' },
          { head: 'base' },
          { head: 'changed to' },
          { head: 'mean average precision', numeric: true },
          { head: 'balanced accuracy', numeric: true },
          { head: 'minor recall', numeric: true },
          { head: 'seeds', numeric: true },
        ],
        drawn.map((one) => [
          one.title,
          one.base,
          levelText(one),
          withInterval(one.averagePrecision.mean, difference),
          withInterval(one.balancedAccuracy.mean, difference),
          withInterval(one.minorRecall.mean, difference),
          String(one.averagePrecision.mean?.n ?? 0),
        ]),
      ),
    ),
  );
}

const levelText = ({ factor, level }: AblationEffect): string =>
  factor === armFactor ? seriesLabel(level as SeriesName) : level.replace(/^-/, '\u2212');

function groupsOf(effects: readonly AblationEffect[]): EffectGroup[] {
  const factors = [...new Set(effects.map(({ factor }) => factor))];
  return factors.map((factor) => {
    const own = effects.filter((effect) => effect.factor === factor);
    const [{ title, base }] = own;
    return {
      title: factor === armFactor ? 'Another arm instead of asymmetric' : `${title}, instead of ${base}`,
      rows: own.flatMap((effect) => {
        const { mean, values } = effect.averagePrecision;
        if (mean === undefined) return [];
        return [
          {
            label: levelText(effect),
            series: factor === armFactor ? (effect.level as SeriesName) : effect.arm,
            mean: mean.mean,
            low: mean.low,
            high: mean.high,
            values: values.filter((value) => value !== null),
          },
        ];
      }),
    };
  });
}
