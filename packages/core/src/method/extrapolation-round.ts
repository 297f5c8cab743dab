import { InvalidInputError, type Matrix } from '@csx/wgsl-kernels';
import type { LatentOps } from '../latent-ops/latent-ops.ts';
import { checkMatrix } from './check-latents.ts';
import type { ClassPair } from './class-pairs.ts';
import { extrapolatePair, type PairPart, type PairRound, type RoundOptions, requiredLogits } from './pair-round.ts';
import type { ClassifierHead } from './placement.ts';
import type { PreparedLatents } from './prepare-latents.ts';
import { type ArmPlan, actionAt } from './schedule.ts';

export interface RoundInput {
  /** Its pairs are those of `prepared`, in their order. */
  readonly plan: ArmPlan;
  /** Counted from 0. */
  readonly iteration: number;
  readonly seed: number;
  readonly prepared: PreparedLatents;
  /** The current classifier. */
  readonly head: ClassifierHead;
  /** [n, c] of `prepared.latents` under `head`; needed where {@link roundNeedsLogits}. */
  readonly logits?: Matrix | undefined;
  readonly options: RoundOptions;
}

/** The latents that a round makes, `[s, d]`, class pair by class pair, with the origin of each. */
export interface SyntheticLatents {
  readonly latents: Matrix;
  /** [s]: the minor class. */
  readonly labels: Uint32Array;
  /** [s]: the parents, as rows of the latents they were made from. */
  readonly minorRows: Uint32Array;
  readonly majorRows: Uint32Array;
  /** [s]: P. */
  readonly minorWeights: Float32Array;
  /** [s]: index of the class pair. */
  readonly pairIndices: Uint32Array;
  /** [s] */
  readonly iterations: Uint32Array;
}

export interface RoundResult {
  readonly synthetic: SyntheticLatents;
  readonly clippedCount: number;
  /** Counted floating-point operations; see cost.ts. */
  readonly cost: { readonly rankingFlop: number; readonly placementFlop: number };
  readonly pairs: readonly PairRound[];
}

/** Whether a round ranks rows by the current classifier: `top`, `bottom` and `asymmetric` do. */
export function roundNeedsLogits(plan: ArmPlan, iteration: number): boolean {
  return plan.pairs.some((pair) => ['top', 'bottom', 'asymmetric'].includes(actionAt(pair, iteration)));
}

/**
 * One iteration of one arm: for each class pair select major rows, keep their sample pairs, draw
 * from these and place a new latent on each; `Extrapolation(Pair(Ci, Cj))` of the paper's algorithms.
 *
 * The random numbers are keyed by seed, iteration and class pair, not by arm: arms that have the same
 * pairs to draw from draw the same, so that arms differ by what they are for and not by luck.
 *
 * @throws {InvalidInputError} a plan for other pairs, logits missing, or a selection that rounds to no row.
 * @throws {NumericError} a head or logits that are not finite.
 */
export async function runRound(input: RoundInput, ops: LatentOps): Promise<RoundResult> {
  checkRound(input);
  const parts: PairPart[] = [];
  for (const [index, plan] of input.plan.pairs.entries())
    parts.push(await extrapolatePair({ ...input, plan, index }, ops));
  const sum = (of: (pair: PairRound) => number) => parts.reduce((total, { report }) => total + of(report), 0);
  return {
    synthetic: joinParts(parts, input.prepared.latents.d, input.iteration),
    clippedCount: sum((pair) => pair.clippedCount),
    cost: { rankingFlop: sum((pair) => pair.rankingFlop), placementFlop: sum((pair) => pair.placementFlop) },
    pairs: parts.map(({ report }) => report),
  };
}

function joinParts(parts: readonly PairPart[], d: number, iteration: number): SyntheticLatents {
  const count = parts.reduce((total, { report }) => total + report.syntheticCount, 0);
  const data = new Float32Array(count * d);
  const labels = new Uint32Array(count);
  const minorRows = new Uint32Array(count);
  const majorRows = new Uint32Array(count);
  const minorWeights = new Float32Array(count);
  const pairIndices = new Uint32Array(count);
  let start = 0;
  for (const [index, part] of parts.entries()) {
    const end = start + part.report.syntheticCount;
    data.set(part.latents, start * d);
    labels.fill(part.report.pair.minor, start, end);
    minorRows.set(part.samplePairs.minorRows, start);
    majorRows.set(part.samplePairs.majorRows, start);
    minorWeights.set(part.minorWeights, start);
    pairIndices.fill(index, start, end);
    start = end;
  }
  const iterations = new Uint32Array(count).fill(iteration);
  return { latents: { data, n: count, d }, labels, minorRows, majorRows, minorWeights, pairIndices, iterations };
}

function checkRound({ plan, iteration, prepared, head, logits }: RoundInput): void {
  const { latents, classCount, classPairs } = prepared;
  const same =
    plan.pairs.length === classPairs.length &&
    plan.pairs.every(({ pair }, i) => pair.minor === classPairs[i].minor && pair.major === classPairs[i].major);
  if (!same)
    throw new InvalidInputError(
      `round: the plan is for ${namePairs(plan.pairs.map(({ pair }) => pair))}, the latents were prepared for ${namePairs(classPairs)}`,
    );
  if (!Number.isInteger(iteration) || iteration < 0)
    throw new InvalidInputError(`round: iteration is ${iteration}, expected a whole number from 0`);
  const { weights, bias } = head;
  if (weights.n !== latents.d || weights.d !== classCount || bias.length !== classCount)
    throw new InvalidInputError(
      `round: the head is ${weights.n} x ${weights.d} with ${bias.length} biases, expected ${latents.d} x ${classCount} with ${classCount}`,
    );
  checkMatrix('round', 'head weights', weights);
  checkMatrix('round', 'head bias', { data: bias, n: 1, d: classCount });
  if (!roundNeedsLogits(plan, iteration)) return;
  const { n, d } = requiredLogits(logits);
  if (n !== latents.n || d !== classCount)
    throw new InvalidInputError(`round: logits are ${n} x ${d}, expected ${latents.n} x ${classCount}`);
  checkMatrix('round', 'logits', requiredLogits(logits));
}

function namePairs(pairs: readonly ClassPair[]): string {
  return pairs.map(({ minor, major }) => `${minor}-${major}`).join(', ') || 'no pairs';
}
