import { InvalidInputError, type Matrix } from '@csx/wgsl-kernels';
import type { LatentOps } from '../latent-ops/latent-ops.ts';
import { createStream } from '../random/stream.ts';
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
import { actionAt, type PairPlan, type SampleArm } from './schedule.ts';
import { keepSelectedPairs, selectMajorRows } from './selection.ts';

export interface RoundOptions extends PlacementOptions {
  /** Share of the major rows that is selected. */
  readonly selectionShare: number;
  /** New latents an iteration, as a share of the minor count. */
  readonly newShare: number;
}

export interface PairRoundInput {
  readonly plan: PairPlan;
  /** Of the pair, among those of `prepared`. */
  readonly index: number;
  /** Counted from 0. */
  readonly iteration: number;
  readonly seed: number;
  readonly prepared: PreparedLatents;
  /** The current classifier, for placements that read it. */
  readonly head?: ClassifierHead | undefined;
  /** [n, c] of `prepared.latents` under `head`. */
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

/** The latents that a class pair got in a round, and what happened. */
export interface PairPart {
  readonly report: PairRound;
  readonly samplePairs: SamplePairs;
  readonly latents: Float32Array;
  readonly minorWeights: Float32Array;
}

/** One iteration of one class pair: select major rows, keep their sample pairs, draw, place. */
export async function extrapolatePair(input: PairRoundInput, ops: LatentOps): Promise<PairPart> {
  const { plan, index, iteration, seed, prepared, options } = input;
  const { latents, classRows, classCount } = prepared;
  const { pair } = plan;
  const action = actionAt(plan, iteration);
  if (action === 'none') return nothing(pair);

  const majorRows = classRows[pair.major];
  const keys = [iteration, pair.minor, pair.major] as const;
  const shared = { majorRows, share: options.selectionShare };
  const selected = await selectMajorRows(
    action === 'random'
      ? { ...shared, side: 'random', stream: createStream(seed, 'selection', ...keys) }
      : {
          ...shared,
          side: action === 'top' ? 'top' : 'bottom',
          logits: requiredLogits(input.logits),
          major: pair.major,
        },
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
    {
      latents,
      samplePairs,
      pair,
      placement,
      pMin: options.pMin,
      head: input.head,
      classMeans: prepared.classMeans,
      logits: input.logits,
      density: prepared.density,
    },
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
  return { report, samplePairs, latents: placed.latents.data, minorWeights: placed.minorWeight };
}

function nothing(pair: ClassPair): PairPart {
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
    samplePairs: { minorRows: none, majorRows: none },
    latents: new Float32Array(0),
    minorWeights: new Float32Array(0),
  };
}

/** The logits, where a plan ranks rows by them. */
export function requiredLogits(logits: Matrix | undefined): Matrix {
  if (!logits) throw new InvalidInputError('round: the plan ranks rows by the classifier, but no logits are given');
  return logits;
}

function mean(values: Float32Array): number {
  return values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length;
}
