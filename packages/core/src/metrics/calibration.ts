import type { Matrix } from '@csx/wgsl-kernels';
import { predictedClasses, softmaxRow } from './softmax.ts';

/** Equal-width bins of confidence of {@link calibrationBins} (Guo et al. 2017). */
export const calibrationBinCount = 15;

/** Rows whose confidence lies in one bin. */
export interface CalibrationBin {
  readonly count: number;
  /** Means over the rows of the bin; 0 without rows. */
  readonly confidence: number;
  readonly accuracy: number;
}

/**
 * Rows by bins (i/15, (i+1)/15] of the predicted class's softmax probability: what a reliability diagram shows.
 * @param logits [n, c]. @param labels [n] true classes.
 */
export function calibrationBins(logits: Matrix, labels: ArrayLike<number>): CalibrationBin[] {
  const sums = Array.from({ length: calibrationBinCount }, () => ({ count: 0, confidence: 0, correct: 0 }));
  const predicted = predictedClasses(logits);
  for (let row = 0; row < logits.n; row++) {
    const confidence = softmaxRow(logits, row)[predicted[row]];
    const bin = sums[Math.min(calibrationBinCount - 1, Math.max(0, Math.ceil(confidence * calibrationBinCount) - 1))];
    bin.count++;
    bin.confidence += confidence;
    if (predicted[row] === labels[row]) bin.correct++;
  }
  return sums.map(({ count, confidence, correct }) => ({
    count,
    confidence: count === 0 ? 0 : confidence / count,
    accuracy: count === 0 ? 0 : correct / count,
  }));
}

/**
 * Expected calibration error: over the bins, the mean of |accuracy - mean confidence| weighted by the rows of each.
 * @returns a value in [0, 1]; 0 without rows.
 */
export function expectedCalibrationError(bins: readonly CalibrationBin[]): number {
  const rowCount = bins.reduce((sum, { count }) => sum + count, 0);
  const gaps = bins.reduce((sum, { count, confidence, accuracy }) => sum + count * Math.abs(accuracy - confidence), 0);
  return rowCount === 0 ? 0 : gaps / rowCount;
}
