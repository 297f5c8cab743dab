import type { DistanceReading } from '../latent-ops/latent-ops.ts';
import type { ClassDistance } from './class-distances.ts';
import { centroidDistanceFlop, nearestFlop } from './cost.ts';
import type { ArmPlan } from './schedule.ts';
import type { Sizes } from './sizes.ts';

export interface PairingCostInput {
  readonly plan: ArmPlan;
  /** [c] training rows of each class. */
  readonly classCounts: ArrayLike<number>;
  /** d: values of a latent. */
  readonly latentSize: number;
  readonly sizes: Sizes;
  /** How class pairs were searched for; `none` where they are given by hand. */
  readonly classSearch: ClassDistance | 'none';
  readonly reading: DistanceReading;
  /** Sample pairs are found anew in every round, since the latents move. */
  readonly everyRound: boolean;
}

/**
 * Counted operations of finding pairs, for one arm as if it ran alone: the search for class pairs;
 * the sample pairs of each class pair that the arm extrapolates; and for asymmetric ones, the class
 * means or densities that the reading needs; these two once, or in every round. Nothing for an arm that
 * extrapolates nothing.
 */
export function pairingFlop(input: PairingCostInput): number {
  const { plan, classCounts, latentSize, reading } = input;
  const counts = Array.from(classCounts);
  const active = plan.pairs.filter(({ action }) => action !== 'none');
  if (active.length === 0) return 0;
  const rounds = input.everyRound ? Math.max(...active.map(({ iterations }) => iterations)) : 1;
  const prepared = Array.from({ length: rounds }, (_, round) => {
    const extrapolated = active.filter(({ iterations }) => round < iterations);
    const samplePairs = extrapolated.map(({ pair }) => nearestFlop(counts[pair.minor], counts[pair.major], latentSize));
    return sum(samplePairs) + readingFlop(extrapolated, counts, latentSize, reading);
  });
  return classSearchFlop(input, counts) + sum(prepared);
}

function classSearchFlop({ sizes, classSearch, latentSize }: PairingCostInput, counts: readonly number[]): number {
  const { minors, majors } = sizes;
  switch (classSearch) {
    case 'none':
      return 0;
    case 'centroid':
      return centroidDistanceFlop(sum(counts), latentSize, minors.length, majors.length);
    case 'nearest':
      // The distances of the rows found are summed up anew: 3 d a minor row.
      return sum(
        minors.flatMap((i) =>
          majors.map((j) => nearestFlop(counts[i], counts[j], latentSize) + 3 * counts[i] * latentSize),
        ),
      );
  }
}

function readingFlop(
  pairs: ArmPlan['pairs'],
  counts: readonly number[],
  latentSize: number,
  reading: DistanceReading,
): number {
  const shifted = pairs.filter(({ action }) => action === 'asymmetric');
  const classes = [...new Set(shifted.flatMap(({ pair }) => [pair.minor, pair.major]))];
  switch (reading) {
    case 'centroid':
      return sum(classes.map((k) => counts[k] * latentSize));
    case 'density':
      return sum(classes.map((k) => nearestFlop(counts[k], counts[k], latentSize)));
    default:
      return 0;
  }
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
