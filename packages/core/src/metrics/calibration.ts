import type { Matrix } from '@csx/wgsl-kernels';
import { predictedClasses, softmaxRow } from './softmax.ts';

/** Equal-width bins of confidence that {@link expectedCalibrationError} uses (Guo et al. 2017). */
export const calibrationBinCount = 15;

/**
 * Expected calibration error: over bins (i/15, (i+1)/15] of the predicted class's softmax
 * probability, the mean of |accuracy - mean confidence| weighted by the rows of each bin.
 * @param logits [n, c]. @param labels [n] true classes. @returns a value in [0, 1]; 0 without rows.
 */
export function expectedCalibrationError(logits: Matrix, labels: ArrayLike<number>): number {
  // Per bin, the sum of (correct - confidence) is all that the formula needs.
  const gaps = new Float64Array(calibrationBinCount);
  const predicted = predictedClasses(logits);
  for (let row = 0; row < logits.n; row++) {
    const confidence = softmaxRow(logits, row)[predicted[row]];
    const bin = Math.min(calibrationBinCount - 1, Math.max(0, Math.ceil(confidence * calibrationBinCount) - 1));
    gaps[bin] += (predicted[row] === labels[row] ? 1 : 0) - confidence;
  }
  let error = 0;
  for (const gap of gaps) error += Math.abs(gap);
  return logits.n === 0 ? 0 : error / logits.n;
}
