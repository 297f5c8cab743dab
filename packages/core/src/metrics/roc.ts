import { countsByThreshold } from './sorted-scores.ts';

/** A receiver operating characteristic from the strictest threshold to the most lenient: both rates ascend from 0 to 1. */
export interface RocCurve {
  readonly falsePositiveRate: number[];
  readonly truePositiveRate: number[];
}

/**
 * ROC curve with one point for each distinct score (tied rows enter together) after the point (0, 0), as scikit-learn's
 * `roc_curve` without `drop_intermediate`. A rate of a class without rows is 0 throughout.
 * @param scores higher means positive; NaN is refused.
 * @param positive for each score, whether the row is of the positive class.
 */
export function rocCurve(scores: ArrayLike<number>, positive: ArrayLike<boolean>): RocCurve {
  const counts = countsByThreshold('roc', scores, positive);
  const all = counts.at(-1);
  const rate = (count: number, of = 0) => (of === 0 ? 0 : count / of);
  return {
    falsePositiveRate: [0, ...counts.map(({ falsePositives }) => rate(falsePositives, all?.falsePositives))],
    truePositiveRate: [0, ...counts.map(({ truePositives }) => rate(truePositives, all?.truePositives))],
  };
}
