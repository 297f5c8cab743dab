import { focalBounds } from './focal.bounds.ts';
import {
  type SoftmaxCrossEntropyBatch,
  softmaxCrossEntropyReference,
  trainedLogits,
} from './softmax-cross-entropy.reference.ts';
import { SOFTMAX_CROSS_ENTROPY_WORKGROUP } from './softmax-cross-entropy.wgsl.ts';

/** One unit in the last place, relative: WGSL rounds +, - and * to either neighbor. */
const u = 2 ** -23;
const smallestNormal = 2 ** -126;

export interface SoftmaxCrossEntropyBounds {
  readonly loss: number;
  readonly weightSum: number;
  /** [n, c] */
  readonly logitsGradient: Float64Array;
}

/**
 * How far the kernel's results may be from the float64 reference's.
 *
 * With t_j = z_j - max z <= 0 of the logits that are trained, p the softmax, s = sum exp(t_j) (from 1 to c), in units of u:
 * - z_j with offsets and a scale: three roundings, of which delta is the largest of the row (absolute); 0 without;
 * - exp(t_j): t_j is rounded (|t_j|) and 2 delta off, WGSL's exp is right to 3 + 2|t_j| units: 3 + 3|t_j| + 2 delta relative,
 *   or flushed;
 * - s: the mean of that under p, and c - 1 for the additions of positive terms: rho;
 * - p_j: both, and 2.5 for the division; the target is a sum of two constants (2), and the difference is rounded;
 * - log s: rho, then 4 (s <= 2: 2^-21 absolute) and 3 log s (beyond);
 * - a row's loss = log s + (1 - s') |t_y| + s'/c sum |t_j| has no term below 0: 3 and 2 delta for each product with its
 *   constant, c for the sum, 2 for the additions;
 * - the focal loss: `focalBounds`;
 * - sums over the rows, of positive terms again: ceil(n / 64) + 6 additions on the longest way; weights 1, divisions 2.5; 1
 *   for the scale of the logits.
 * The factor 1 + 2^-10 covers the products of errors. Source of the accuracies: WGSL, "Accuracy of expressions".
 */
export function softmaxCrossEntropyBounds(input: SoftmaxCrossEntropyBatch): SoftmaxCrossEntropyBounds {
  const { labels, labelSmoothing = 0, classWeights, rowWeights, logitScale = 1, focalGamma = 0 } = input;
  const { n, d: c } = input.logits;
  const { loss, weightSum, logitsGradient } = softmaxCrossEntropyReference(input);
  const depth = Math.ceil(n / SOFTMAX_CROSS_ENTROPY_WORKGROUP) + 6;
  const scaleError = depth + 6;
  const bounds = new Float64Array(n * c);
  let lossError = 0;
  for (let row = 0; row < n; row++) {
    const weight = (classWeights?.[labels[row]] ?? 1) * (rowWeights?.[row] ?? 1);
    if (weight === 0) continue;
    const z = [...trainedLogits(input, row)];
    const delta = adjustmentError(input, row);
    const largest = Math.max(...z);
    const falls = z.map((value) => largest - value);
    const s = falls.reduce((sum, fall) => sum + Math.exp(-fall), 0);
    const p = falls.map((fall) => Math.exp(-fall) / s);
    const expErrors = falls.map((fall) => 3 + 3 * fall + 2 * delta);
    const rho = c - 1 + p.reduce((sum, value, j) => sum + value * expErrors[j], 0);
    const label = labels[row];
    const share = weight / weightSum;
    const tiny = share * logitScale * 4 * smallestNormal;
    if (focalGamma > 0) {
      const focal = focalBounds(
        { p, expErrors, rho, label, fall: falls[label], logSum: Math.log(s), delta },
        focalGamma,
      );
      for (let j = 0; j < c; j++) {
        const gradient = Math.abs(logitsGradient[row * c + j]);
        bounds[row * c + j] = gradient * (focal.gradient[j] + scaleError) * u + tiny * (1 + focalGamma);
      }
      lossError += share * focal.loss;
      continue;
    }
    for (let j = 0; j < c; j++) {
      const target = (j === label ? 1 - labelSmoothing : 0) + labelSmoothing / c;
      const difference = p[j] * (expErrors[j] + rho + 2.5) + 2 * target + Math.abs(p[j] - target);
      const gradient = Math.abs(logitsGradient[row * c + j]);
      bounds[row * c + j] = share * logitScale * difference * u + tiny + gradient * scaleError * u;
    }
    const own = (1 - labelSmoothing) * falls[label];
    const spread = (labelSmoothing / c) * falls.reduce((sum, fall) => sum + fall, 0);
    const rowLoss = Math.log(s) + own + spread;
    lossError += share * (rho + 4 + 3 * Math.log(s) + 3 * own + (c + 3) * spread + 2 * delta + 2 * rowLoss);
  }
  const slack = 1 + 2 ** -10;
  return {
    loss: (lossError + loss * (2 * depth + 6)) * u * slack + 4 * c * smallestNormal,
    weightSum: (depth + 1) * u * weightSum * slack,
    logitsGradient: bounds.map((bound) => bound * slack + 4 * smallestNormal),
  };
}

/** The largest error of a row's logits by their offsets and scale, in units of u. */
function adjustmentError(input: SoftmaxCrossEntropyBatch, row: number): number {
  const { logits, labels, classOffsets, logitScale = 1 } = input;
  if (classOffsets === undefined && logitScale === 1) return 0;
  const c = logits.d;
  const errors = trainedLogits(input, row).map((z, j) => {
    const added = Math.abs(logits.data[row * c + j] + (classOffsets?.[j] ?? 0));
    const margin = j === labels[row] ? Math.abs(classOffsets?.[c + j] ?? 0) : 0;
    return logitScale * (added + added + margin) + Math.abs(z);
  });
  return Math.max(...errors);
}
