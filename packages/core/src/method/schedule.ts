import { InvalidInputError, InvalidOptionError } from '@csx/wgsl-kernels';
import { type ArmName, armNames, isLossArm } from './arm-names.ts';
import { checkChoice } from './check-choice.ts';
import type { ClassPair } from './class-pairs.ts';

/** A way to choose and place the synthetic samples of one class pair in one iteration. */
export type SampleArm = (typeof sampleArms)[number];

export interface PairWithAccuracy extends ClassPair {
  /** Held-out accuracy of the pair, in [0, 1]. */
  readonly accuracy: number;
}

export interface ScheduleOptions {
  /** How many iterations a run has (Iter). */
  readonly iterations: number;
  /** Algorithm 1: pairs with accuracy <= tau are overlapped. */
  readonly tau: number;
  /** Algorithm 1: what the other pairs get. */
  readonly separable: 'random' | 'nothing';
  /** Algorithms 1 and 2: what overlapped pairs get. */
  readonly overlapped: SampleArm;
  readonly algorithm2: Algorithm2Formula;
}

/** What one arm does to one class pair: `action` in its first `iterations` iterations, nothing after. */
export interface PairPlan {
  readonly pair: ClassPair;
  readonly action: SampleArm | 'none';
  readonly iterations: number;
}

/** What one arm of a run does, pair by pair. */
export interface ArmPlan {
  readonly arm: ArmName;
  readonly pairs: readonly PairPlan[];
}

/** How Algorithm 2 turns accuracy into a number of iterations; see {@link algorithm2Iterations}. */
export type Algorithm2Formula = (typeof algorithm2Formulas)[number];

const algorithm2Formulas = ['relative', 'complement', 'inverse'] as const;
const sampleArms = ['random', 'top', 'bottom', 'asymmetric'] as const;

/** Algorithm 1: whether a pair is overlapped, `accuracy <= tau`. */
export function isOverlapped(accuracy: number, tau: number): boolean {
  return accuracy <= tau;
}

/**
 * Algorithm 2: the iterations of a pair, from 0 to `iterations`, falling with its accuracy `acc`;
 * `min acc` is the accuracy of the hardest pair. Halves round up.
 *
 * - `relative`: `max(1, round(iterations * (1 - acc) / (1 - min acc)))`
 * - `complement`: `round(iterations * (1 - acc))`
 * - `inverse`: `round(iterations * min acc / acc)`
 *
 * The hardest pair gets all iterations under `relative` and `inverse`, so 0/0 (all accuracies 1
 * under `relative`, all 0 under `inverse`) counts as a ratio of 1.
 */
export function algorithm2Iterations(
  accuracies: readonly number[],
  iterations: number,
  formula: Algorithm2Formula,
): number[] {
  checkChoice('schedule', 'algorithm2', formula, algorithm2Formulas);
  const hardest = Math.min(...accuracies);
  const count = {
    relative: (accuracy: number) => Math.max(1, Math.round(iterations * ratioOf(1 - accuracy, 1 - hardest))),
    complement: (accuracy: number) => Math.round(iterations * (1 - accuracy)),
    inverse: (accuracy: number) => Math.round(iterations * ratioOf(hardest, accuracy)),
  };
  return accuracies.map(count[formula]);
}

/** a / b in [0, 1] for 0 <= a <= b; 0/0 is 1. */
function ratioOf(a: number, b: number): number {
  return b === 0 ? 1 : a / b;
}

/**
 * What an arm does to each class pair. `none`, `random`, `top`, `bottom` and `asymmetric` treat all
 * pairs alike in all iterations; `algorithm1` and `algorithm2` decide by the pair's accuracy; an arm with
 * a loss of its own synthesizes nothing. Every arm trains for the same extra epochs, whatever it synthesizes.
 *
 * @throws {InvalidOptionError} iterations that are not a whole number from 1, or tau outside [0, 1].
 * @throws {InvalidInputError} an accuracy outside [0, 1].
 */
export function planArm(arm: ArmName, pairs: readonly PairWithAccuracy[], options: ScheduleOptions): ArmPlan {
  const { iterations, tau, separable, overlapped } = options;
  checkChoice('schedule', 'arm', arm, armNames);
  checkChoice('schedule', 'separable', separable, ['random', 'nothing']);
  checkChoice('schedule', 'overlapped', overlapped, sampleArms);
  if (!Number.isInteger(iterations) || iterations < 1)
    throw new InvalidOptionError(`schedule: iterations is ${iterations}, expected a whole number from 1`);
  if (!(tau >= 0 && tau <= 1)) throw new InvalidOptionError(`schedule: tau is ${tau}, expected 0 to 1`);
  for (const { minor, major, accuracy } of pairs)
    if (!(accuracy >= 0 && accuracy <= 1))
      throw new InvalidInputError(
        `schedule: the pair of ${minor} and ${major} has accuracy ${accuracy}, expected 0 to 1`,
      );

  const planned = (action: PairPlan['action'], { minor, major }: ClassPair, count = iterations): PairPlan =>
    action === 'none' || count === 0
      ? { pair: { minor, major }, action: 'none', iterations: 0 }
      : { pair: { minor, major }, action, iterations: count };

  switch (arm) {
    case 'algorithm1': {
      const rest = separable === 'random' ? 'random' : 'none';
      return { arm, pairs: pairs.map((pair) => planned(isOverlapped(pair.accuracy, tau) ? overlapped : rest, pair)) };
    }
    case 'algorithm2': {
      const accuracies = pairs.map((pair) => pair.accuracy);
      const counts = algorithm2Iterations(accuracies, iterations, options.algorithm2);
      return { arm, pairs: pairs.map((pair, i) => planned(overlapped, pair, counts[i])) };
    }
    default: {
      const action = isLossArm(arm) ? 'none' : arm;
      return { arm, pairs: pairs.map((pair) => planned(action, pair)) };
    }
  }
}

/** What a pair gets in an iteration, counted from 0. */
export function actionAt(plan: PairPlan, iteration: number): SampleArm | 'none' {
  return iteration < plan.iterations ? plan.action : 'none';
}
