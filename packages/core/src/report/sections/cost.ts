import type { ArmCost, RunRecord } from '../../run/record.ts';
import { swatchLegend } from '../charts/legend.ts';
import { stackedBarsChart } from '../charts/stacked-bars.ts';
import type { ReportContext } from '../context.ts';
import { bytes, duration, integer, percent, withPrefix } from '../format.ts';
import { element, type Markup } from '../markup.ts';
import { seriesLabel } from '../series-style.ts';
import { details, table } from '../table.ts';
import { figure, gallery, section } from './section.ts';

const parts = [
  { label: 'pairing', className: 'part-pairing', flop: (cost: ArmCost) => cost.pairingFlop },
  { label: 'ranking', className: 'part-ranking', flop: (cost: ArmCost) => cost.rankingFlop },
  { label: 'placement', className: 'part-placement', flop: (cost: ArmCost) => cost.placementFlop },
  { label: 'projection', className: 'part-latent', flop: (cost: ArmCost) => cost.projectionFlop },
  { label: 'training', className: 'part-training', flop: (cost: ArmCost) => cost.trainingFlop },
];
const latentParts = parts.slice(0, 3);
const timeParts = [
  { label: 'rounds', className: 'part-latent' },
  { label: 'training', className: 'part-training' },
];

/** Counted operations of an arm after the shared first epochs: pairing, ranking, placement, projection and training. */
function armFlop(cost: ArmCost): number {
  return parts.reduce((sum, { flop }) => sum + flop(cost), 0);
}

/** What each arm cost, and what Algorithm 1 saves against asymmetric placement everywhere. */
export function costSection({ record }: ReportContext): Markup {
  const { arms, timing, backbone } = record;
  const timed = arms.filter(({ name }) => timing.arms[name] !== undefined);
  const flop = (value: number) => withPrefix(value, 'FLOP');
  // Latents that stay are projected once, before the arms.
  const shown =
    record.config.method.retraining === 'joint' ? parts : parts.filter(({ label }) => label !== 'projection');
  return section(
    'cost',
    'What it costs',
    saving(record) ?? 'Counted operations and time of each arm, after the first epochs that all share.',
    gallery(
      figure(
        'Counted operations of each arm',
        swatchLegend(shown),
        stackedBarsChart({
          id: 'cost-all',
          title: 'Operations of each arm by part',
          parts: shown,
          bars: arms.map(({ name, cost }) => ({ name, values: shown.map((part) => part.flop(cost)) })),
          format: flop,
        }),
      ),
      figure(
        'In latent space alone',
        swatchLegend(latentParts),
        stackedBarsChart({
          id: 'cost-latent',
          title: 'Operations in latent space of each arm',
          parts: latentParts,
          bars: arms.map(({ name, cost }) => ({ name, values: latentParts.map((part) => part.flop(cost)) })),
          format: flop,
        }),
      ),
      timed.length === 0
        ? null
        : figure(
            'Measured time of each arm',
            swatchLegend(timeParts),
            stackedBarsChart({
              id: 'cost-time',
              title: 'Measured time of each arm',
              parts: timeParts,
              bars: timed.map(({ name }) => ({
                name,
                values: [timing.arms[name].latentOpsMs, timing.arms[name].trainingMs],
              })),
              format: duration,
            }),
          ),
    ),
    element(
      'p',
      { class: 'note' },
      `Before the arms, once: ${flop(backbone.trainingFlop)} and ${duration(timing.backboneMs)} for the first epochs on images, ${flop(backbone.projectionFlop)} and ${duration(timing.projectionMs)} for latents, ${duration(timing.pairingMs)} for pairing${fallback(timing.pairingSearches)}. The whole run took ${duration(timing.totalMs)} and at most ${bytes(timing.peakMemoryBytes)} of memory${timing.resumedCount > 0 ? `; it was resumed ${integer(timing.resumedCount)} ${timing.resumedCount === 1 ? 'time' : 'times'}` : ''}.`,
    ),
    details(
      'Costs as a table',
      table(
        'Operations, synthetic latents and time of each arm',
        [
          { head: 'Arm' },
          ...shown.map(({ label }) => ({ head: label, numeric: true })),
          { head: 'total', numeric: true },
          { head: 'synthetic latents', numeric: true },
          { head: 'time of the rounds', numeric: true },
          { head: 'training time', numeric: true },
        ],
        arms.map(({ name, cost }) => [
          seriesLabel(name),
          ...shown.map((part) => flop(part.flop(cost))),
          flop(armFlop(cost)),
          integer(cost.syntheticCount),
          timing.arms[name] === undefined ? '\u2013' : duration(timing.arms[name].latentOpsMs),
          timing.arms[name] === undefined ? '\u2013' : duration(timing.arms[name].trainingMs),
        ]),
      ),
    ),
  );
}

/** How many rows of the search for neighbors f32 left to float64. */
function fallback(searches: RunRecord['timing']['pairingSearches']): string {
  if (searches === undefined || searches.queryCount === 0) return '';
  const { queryCount, recomputedCount } = searches;
  const share = recomputedCount === 0 ? '' : ` (${percent(recomputedCount / queryCount, 2)})`;
  return `, which searched ${integer(queryCount)} rows for their nearest, ${integer(recomputedCount)} of them${share} again in float64`;
}

function saving({ arms, backbone }: RunRecord): string | null {
  const one = arms.find(({ name }) => name === 'algorithm1')?.cost;
  const everywhere = arms.find(({ name }) => name === 'asymmetric')?.cost;
  if (one === undefined || everywhere === undefined) return null;
  const latent = (cost: ArmCost) => latentParts.reduce((sum, { flop }) => sum + flop(cost), 0);
  const whole = change(armFlop(one), armFlop(everywhere));
  const inLatentSpace = change(latent(one), latent(everywhere));
  const samples = change(one.syntheticCount, everywhere.syntheticCount);
  return `Against asymmetric placement for every pair, Algorithm 1 takes ${whole} operations after the first epochs; of the work in latent space alone (pairing, ranking, placement) ${inLatentSpace}, and ${samples} synthetic latents. The accuracy of the pairs, which it decides by, costs ${withPrefix(backbone.heldOutFlop, 'FLOP')} once for the held-out images, not counted in this.`;
}

function change(value: number, base: number): string {
  if (base === 0) return value === 0 ? 'the same number of' : 'more';
  const share = Math.abs(1 - value / base);
  if (share < 0.0005) return 'the same number of';
  return `${percent(share)} ${value < base ? 'fewer' : 'more'}`;
}
