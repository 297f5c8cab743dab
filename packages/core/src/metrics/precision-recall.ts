import { countsByThreshold } from './sorted-scores.ts';

/** A precision-recall curve from the strictest threshold to the most lenient: recall ascends from 0. */
export interface PrecisionRecallCurve {
  /** The first point, (recall 0, precision 1), belongs to no threshold. */
  readonly recall: number[];
  readonly precision: number[];
  /** Descending; `thresholds[i]` belongs to point i + 1: rows scoring at least that are called positive. */
  readonly thresholds: number[];
}

/**
 * Precision-recall curve with one point for each distinct score (tied rows enter together), the
 * points of scikit-learn's `precision_recall_curve` in reverse order. Without any positive row,
 * recall is 1 and precision 0 at every threshold, as there.
 * @param scores higher means positive; NaN is refused.
 * @param positive for each score, whether the row is of the positive class.
 */
export function precisionRecallCurve(scores: ArrayLike<number>, positive: ArrayLike<boolean>): PrecisionRecallCurve {
  const counts = countsByThreshold('precision-recall', scores, positive);
  const positiveCount = counts.at(-1)?.truePositives ?? 0;
  const recall = [0];
  const precision = [1];
  for (const { truePositives, falsePositives } of counts) {
    recall.push(positiveCount === 0 ? 1 : truePositives / positiveCount);
    precision.push(truePositives / (truePositives + falsePositives));
  }
  const thresholds = counts.map(({ threshold }) => threshold);
  return { recall, precision, thresholds };
}

/**
 * Average precision: the step-wise sum of (R_i - R_{i-1}) P_i, as scikit-learn's
 * `average_precision_score` defines it; no interpolation between the points.
 */
export function averagePrecision(curve: Pick<PrecisionRecallCurve, 'recall' | 'precision'>): number {
  let sum = 0;
  for (let i = 1; i < curve.recall.length; i++) {
    sum += (curve.recall[i] - curve.recall[i - 1]) * curve.precision[i];
  }
  return sum;
}

/** Area under straight lines between the points; x must not descend. Fewer than two points give 0. */
export function trapezoidArea(x: ArrayLike<number>, y: ArrayLike<number>): number {
  let area = 0;
  for (let i = 1; i < x.length; i++) area += ((x[i] - x[i - 1]) * (y[i] + y[i - 1])) / 2;
  return area;
}
