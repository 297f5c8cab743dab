import type { RunConfig } from '../run/config.ts';
import type { LossOptions } from '../training/engine.ts';
import type { ArmName } from './arm-names.ts';

/** The loss of an arm from an epoch on, counted from 0 after the first epochs. */
export interface LossPhase {
  readonly fromEpoch: number;
  readonly loss: LossOptions;
}

export interface ArmLossInput {
  /** [c] training rows of each class; synthetic ones do not count. */
  readonly classCounts: ArrayLike<number>;
  /** The classes that the asymmetric margin is for. */
  readonly minors: readonly number[];
  /** Epochs of an arm. */
  readonly epochCount: number;
  readonly losses: RunConfig['losses'];
}

/** What every arm but the loss arms trains with. */
export const plainLoss: LossOptions = {};

/**
 * The losses of an arm, one phase after the other. With n_j the training rows of class j, c classes and y a row's class:
 *
 * - `class-weights`: w_j = sum n / (c n_j), or (1 - beta) / (1 - beta^n_j) scaled to a mean of 1
 * - `focal`: (1 - p_y)^gamma (-log p_y)
 * - `ldam-drw`: margins C n_j^(-1/4), the largest of them `ldamMargin`, and the logits times `ldamScale`; in the last epochs
 *   the effective class weights, too
 * - `asymmetric-margin`: one margin, of the minor classes alone
 * - `logit-adjustment`: the logits plus tau log(n_j / sum n)
 *
 * Source: Cui et al. 2019 (effective number), Lin et al. 2017, Cao et al. 2019, Li et al. 2019 (arXiv 1907.10982), Menon et
 * al. 2021.
 */
export function lossPhases(arm: ArmName, { classCounts, minors, epochCount, losses }: ArmLossInput): LossPhase[] {
  const counts = Array.from(classCounts);
  switch (arm) {
    case 'class-weights': {
      const { classWeighting, effectiveBeta } = losses;
      const weights = classWeighting === 'inverse' ? inverseWeights(counts) : effectiveWeights(counts, effectiveBeta);
      return [{ fromEpoch: 0, loss: { classWeights: weights } }];
    }
    case 'focal':
      return [{ fromEpoch: 0, loss: { focalGamma: losses.focalGamma } }];
    case 'ldam-drw': {
      const loss = { margins: ldamMargins(counts, losses.ldamMargin), logitScale: losses.ldamScale };
      const classWeights = effectiveWeights(counts, losses.effectiveBeta);
      const fromEpoch = Math.round(losses.ldamDeferral * epochCount);
      return [
        { fromEpoch: 0, loss },
        { fromEpoch, loss: { ...loss, classWeights } },
      ];
    }
    case 'asymmetric-margin': {
      const margins = Float32Array.from(counts, (_, k) => (minors.includes(k) ? losses.asymmetricMargin : 0));
      return [{ fromEpoch: 0, loss: { margins } }];
    }
    case 'logit-adjustment': {
      const total = sum(counts);
      const logitOffsets = Float32Array.from(counts, (count) => losses.logitTau * Math.log(count / total));
      return [{ fromEpoch: 0, loss: { logitOffsets } }];
    }
    default:
      return [{ fromEpoch: 0, loss: plainLoss }];
  }
}

/** The loss of one epoch. */
export function lossAt(phases: readonly LossPhase[], epoch: number): LossOptions {
  return phases.findLast(({ fromEpoch }) => fromEpoch <= epoch)?.loss ?? plainLoss;
}

function inverseWeights(counts: readonly number[]): Float32Array {
  const total = sum(counts);
  return Float32Array.from(counts, (count) => total / (counts.length * count));
}

function effectiveWeights(counts: readonly number[], beta: number): Float32Array {
  const weights = counts.map((count) => (1 - beta) / (1 - beta ** count));
  const mean = sum(weights) / weights.length;
  return Float32Array.from(weights, (weight) => weight / mean);
}

function ldamMargins(counts: readonly number[], largest: number): Float32Array {
  const least = Math.min(...counts);
  return Float32Array.from(counts, (count) => largest * (least / count) ** 0.25);
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
