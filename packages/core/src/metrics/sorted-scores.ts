import { InvalidInputError, NumericError } from '@csx/wgsl-kernels';

/** Rows called positive at one threshold: those that score at least it. */
export interface ThresholdCounts {
  readonly threshold: number;
  readonly truePositives: number;
  readonly falsePositives: number;
}

/**
 * Counts at each distinct score, from the strictest threshold to the most lenient; tied rows enter together.
 * @param scores higher means positive; NaN is refused.
 * @param positive for each score, whether the row is of the positive class.
 */
export function countsByThreshold(
  name: string,
  scores: ArrayLike<number>,
  positive: ArrayLike<boolean>,
): ThresholdCounts[] {
  if (scores.length !== positive.length) {
    throw new InvalidInputError(`${name}: ${positive.length} labels for ${scores.length} scores, expected one a score`);
  }
  const order = new Uint32Array(scores.length);
  for (let i = 0; i < scores.length; i++) {
    if (Number.isNaN(scores[i])) throw new NumericError(`${name}: score ${i} is NaN, expected a number`);
    order[i] = i;
  }
  order.sort((a, b) => (scores[a] > scores[b] ? -1 : scores[a] < scores[b] ? 1 : 0));
  const counts: ThresholdCounts[] = [];
  let truePositives = 0;
  for (let i = 0; i < order.length; i++) {
    const threshold = scores[order[i]];
    if (positive[order[i]]) truePositives++;
    const isLastOfTie = i + 1 === order.length || scores[order[i + 1]] !== threshold;
    if (isLastOfTie) counts.push({ threshold, truePositives, falsePositives: i + 1 - truePositives });
  }
  return counts;
}
