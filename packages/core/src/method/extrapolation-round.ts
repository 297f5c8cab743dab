import { InvalidInputError, type Matrix } from '@csx/wgsl-kernels';
import type { LatentOps } from '../latent-ops/latent-ops.ts';
import { createStream } from '../random/stream.ts';
import { checkMatrix } from './check-latents.ts';
import type { ClassPair } from './class-pairs.ts';
import { placementFlop, rankingFlop } from './cost.ts';
import { drawPairs, newLatentCount } from './generation.ts';
import {
  buildExtrapolateRequest,
  type ClassifierHead,
  type PlacementOptions,
  placementOf,
  placementSource,
} from './placement.ts';
import type { PreparedLatents } from './prepare-latents.ts';
import type { SamplePairs } from './sample-pairs.ts';
import { type ArmPlan, actionAt, type SampleArm } from './schedule.ts';
import { keepSelectedPairs, selectMajorRows } from './selection.ts';

export interface RoundOptions extends PlacementOptions {
  /** Share of the major rows that is selected. */
  readonly selectionShare: number;
  /** New latents an iteration, as a share of the minor count. */
  readonly newShare: number;
}

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

/** What happened to one class pair in a round. */
export interface PairRound {
  readonly pair: ClassPair;
  readonly action: SampleArm | 'none';
  /** Major rows selected. */
  readonly selectedCount: number;
  /** Sample pairs left by the selection. */
  readonly remainingCount: number;
  readonly syntheticCount: number;
  readonly clippedCount: number;
  /** Mean P of the new latents; 0 when there are none. */
  readonly meanMinorWeight: number;
  readonly rankingFlop: number;
  readonly placementFlop: number;
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
  for (const index of input.plan.pairs.keys()) parts.push(await extrapolatePair(input, index, ops));
  const sum = (of: (pair: PairRound) => number) => parts.reduce((total, { report }) => total + of(report), 0);
  return {
    synthetic: joinParts(parts, input.prepared.latents.d, input.iteration),
    clippedCount: sum((pair) => pair.clippedCount),
    cost: { rankingFlop: sum((pair) => pair.rankingFlop), placementFlop: sum((pair) => pair.placementFlop) },
    pairs: parts.map(({ report }) => report),
  };
}

interface PairPart {
  readonly report: PairRound;
  readonly index: number;
  readonly samplePairs: SamplePairs;
  readonly latents: Float32Array;
  readonly minorWeights: Float32Array;
}

async function extrapolatePair(input: RoundInput, index: number, ops: LatentOps): Promise<PairPart> {
  const { iteration, seed, prepared, options, logits } = input;
  const { latents, classRows, classCount } = prepared;
  const pairPlan = input.plan.pairs[index];
  const { pair } = pairPlan;
  const action = actionAt(pairPlan, iteration);
  if (action === 'none') return nothing(index, pair);

  const majorRows = classRows[pair.major];
  const keys = [iteration, pair.minor, pair.major] as const;
  const shared = { majorRows, share: options.selectionShare };
  const selected = await selectMajorRows(
    action === 'random'
      ? { ...shared, side: 'random', stream: createStream(seed, 'selection', ...keys) }
      : { ...shared, side: action === 'top' ? 'top' : 'bottom', logits: required(logits), major: pair.major },
    ops,
  );
  const remaining = keepSelectedPairs(prepared.samplePairs[index], selected);
  const count = newLatentCount(options.newShare, classRows[pair.minor].length);
  const drawn = drawPairs(remaining.minorRows.length, count, createStream(seed, 'draw', ...keys));
  const samplePairs = {
    minorRows: drawn.map((i) => remaining.minorRows[i]),
    majorRows: drawn.map((i) => remaining.majorRows[i]),
  };
  const placement = placementOf(action, options);
  const request = await buildExtrapolateRequest(
    { ...prepared, ...input, samplePairs, pair, placement, pMin: options.pMin },
    ops,
  );
  const placed = await ops.extrapolate(request);
  const report: PairRound = {
    pair,
    action,
    selectedCount: selected.length,
    remainingCount: remaining.minorRows.length,
    syntheticCount: drawn.length,
    clippedCount: placed.clippedCount,
    meanMinorWeight: mean(placed.minorWeight),
    rankingFlop: action === 'random' ? 0 : rankingFlop(majorRows.length, latents.d, classCount),
    placementFlop: placementFlop(placementSource(placement), drawn.length, latents.d, classCount),
  };
  return { report, index, samplePairs, latents: placed.latents.data, minorWeights: placed.minorWeight };
}

function nothing(index: number, pair: ClassPair): PairPart {
  const report: PairRound = {
    pair,
    action: 'none',
    selectedCount: 0,
    remainingCount: 0,
    syntheticCount: 0,
    clippedCount: 0,
    meanMinorWeight: 0,
    rankingFlop: 0,
    placementFlop: 0,
  };
  const none = new Uint32Array(0);
  return {
    report,
    index,
    samplePairs: { minorRows: none, majorRows: none },
    latents: new Float32Array(0),
    minorWeights: new Float32Array(0),
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
  for (const part of parts) {
    const end = start + part.report.syntheticCount;
    data.set(part.latents, start * d);
    labels.fill(part.report.pair.minor, start, end);
    minorRows.set(part.samplePairs.minorRows, start);
    majorRows.set(part.samplePairs.majorRows, start);
    minorWeights.set(part.minorWeights, start);
    pairIndices.fill(part.index, start, end);
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
  const { n, d } = required(logits);
  if (n !== latents.n || d !== classCount)
    throw new InvalidInputError(`round: logits are ${n} x ${d}, expected ${latents.n} x ${classCount}`);
  checkMatrix('round', 'logits', required(logits));
}

function required(logits: Matrix | undefined): Matrix {
  if (!logits) throw new InvalidInputError('round: the plan ranks rows by the classifier, but no logits are given');
  return logits;
}

function namePairs(pairs: readonly ClassPair[]): string {
  return pairs.map(({ minor, major }) => `${minor}-${major}`).join(', ') || 'no pairs';
}

function mean(values: Float32Array): number {
  return values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length;
}
