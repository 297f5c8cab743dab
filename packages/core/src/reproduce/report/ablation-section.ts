import { listed } from '../../report/format.ts';
import { element, type Markup } from '../../report/markup.ts';
import { figure, forBothWidths, section } from '../../report/sections/section.ts';
import { type SeriesName, seriesLabel } from '../../report/series-style.ts';
import { details, table } from '../../report/table.ts';
import { type AblationEffect, armFactor } from '../ablation-effects.ts';
import type { EffectGroup } from './effect-rows.ts';
import { effectRowsChart } from './effect-rows.ts';
import type { PageContext } from './page-context.ts';
import { difference, drawnInterval, withInterval } from './text.ts';

/** Which readings of the paper matter: what changes when one of them is changed. */
export function ablationSection({ reproduction: { ablation } }: PageContext): Markup | null {
  const drawn = ablation.filter(({ averagePrecision }) => averagePrecision.mean !== undefined);
  if (ablation.length === 0) return null;
  const missing = ablation.filter((one) => !drawn.includes(one));
  const names = (of: readonly AblationEffect[]) => listed(of.map((one) => `${one.title} ${levelText(one)}`));
  const optional = missing.filter(({ isOptional }) => isOptional);
  const left = missing.filter(({ isOptional }) => !isOptional);
  const groups = groupsOf(drawn);
  return section(
    'ablation',
    'Which readings matter',
    'The paper leaves points open; each row changes one reading and keeps all others. The first group puts another arm in the place of asymmetric: an effect that is small beside those does not decide what the paper is about. Symbols are means over the seeds, lines their 95 % intervals (from three seeds on), small dots the seeds.',
    drawn.length === 0
      ? element('p', { class: 'note' }, 'Not computed yet.')
      : figure(
          null,
          forBothWidths('effects', 860, (id, width) =>
            effectRowsChart(id, width, 'Change of mean average precision by reading', groups),
          ),
        ),
    left.length === 0 ? null : element('p', { class: 'note' }, `Not computed yet: ${names(left)}.`),
    optional.length === 0
      ? null
      : element(
          'p',
          { class: 'note' },
          `Not asked for, since it takes so long: ${names(optional)}. It is shown here once another call with --retraining joint has left it in the cache.`,
        ),
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
            ...drawnInterval(mean),
            values: values.filter((value) => value !== null),
          },
        ];
      }),
    };
  });
}
