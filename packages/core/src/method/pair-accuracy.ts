import { InvalidInputError, type Matrix } from '@csx/wgsl-kernels';
import { checkChoice } from './check-choice.ts';
import { checkLabels, checkMatrix } from './check-latents.ts';
import type { ClassPair } from './class-pairs.ts';

/** `twoWay`: the larger of the pair's two logits decides. `tenWay`: the largest of all classes'. */
export type PairAccuracyMode = 'twoWay' | 'tenWay';

export interface PairAccuracyInput {
  /** [n, c] logits of rows that were not trained on; rows of other classes are passed over. */
  readonly logits: Matrix;
  /** [n] class indices. */
  readonly labels: Uint32Array;
  readonly pair: ClassPair;
  readonly mode: PairAccuracyMode;
}

export interface PairAccuracy {
  /** Balanced, whatever the row counts: `(minorRecall + majorRecall) / 2`. */
  readonly accuracy: number;
  readonly minorRecall: number;
  readonly majorRecall: number;
}

/**
 * How well the network tells the two classes of a pair apart: `Classification` of the paper's
 * algorithms. Equal logits count for the lower class index, as in an argmax, so that a network that
 * says nothing has accuracy 1/2 in `twoWay`.
 *
 * @throws {InvalidInputError} one of the two classes has no row. {@link NumericError} logits that are not finite.
 */
export function pairAccuracy({ logits, labels, pair, mode }: PairAccuracyInput): PairAccuracy {
  checkChoice('pair-accuracy', 'mode', mode, ['twoWay', 'tenWay']);
  checkMatrix('pair-accuracy', 'logits', logits);
  checkLabels('pair-accuracy', labels, logits.n, logits.d);
  const candidates =
    mode === 'twoWay'
      ? [Math.min(pair.minor, pair.major), Math.max(pair.minor, pair.major)]
      : Array.from({ length: logits.d }, (_, k) => k);
  const recall = (classIndex: number): number => {
    let rows = 0;
    let right = 0;
    labels.forEach((label, row) => {
      if (label !== classIndex) return;
      rows += 1;
      if (predict(logits, row, candidates) === classIndex) right += 1;
    });
    if (rows === 0)
      throw new InvalidInputError(`pair-accuracy: class ${classIndex} has no held-out row, expected at least one`, {
        hint: 'raise heldOutCount',
      });
    return right / rows;
  };
  const minorRecall = recall(pair.minor);
  const majorRecall = recall(pair.major);
  return { accuracy: (minorRecall + majorRecall) / 2, minorRecall, majorRecall };
}

function predict(logits: Matrix, row: number, candidates: readonly number[]): number {
  const start = row * logits.d;
  let best = candidates[0];
  for (const k of candidates) if (logits.data[start + k] > logits.data[start + best]) best = k;
  return best;
}
