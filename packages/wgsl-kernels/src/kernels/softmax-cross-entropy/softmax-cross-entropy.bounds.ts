import { type SoftmaxCrossEntropyBatch, softmaxCrossEntropyReference } from './softmax-cross-entropy.reference.ts';
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
 * With t_j = z_j - max z <= 0, p the softmax, s = sum exp(t_j) (from 1 to c), in units of u:
 * - exp(t_j): t_j is rounded (|t_j|), WGSL's exp is right to 3 + 2|t_j| units: 3 + 3|t_j| relative, or flushed;
 * - s: the mean of that under p, and c - 1 for the additions of positive terms: rho;
 * - p_j: both, and 2.5 for the division; the target is a sum of two constants (2), and the difference is rounded;
 * - log s: rho, then 4 (s <= 2: 2^-21 absolute) and 3 log s (beyond);
 * - a row's loss = log s + (1 - s') |t_y| + s'/c sum |t_j| has no term below 0: 3 for each product with its constant, c for
 *   the sum, 2 for the additions;
 * - sums over the rows, of positive terms again: ceil(n / 64) + 6 additions on the longest way; weights 1, divisions 2.5.
 * The factor 1 + 2^-10 covers the products of errors. Source of the accuracies: WGSL, "Accuracy of expressions".
 */
export function softmaxCrossEntropyBounds(input: SoftmaxCrossEntropyBatch): SoftmaxCrossEntropyBounds {
  const { labels, labelSmoothing = 0, classWeights, rowWeights } = input;
  const { data, n, d: c } = input.logits;
  const { loss, weightSum, logitsGradient } = softmaxCrossEntropyReference(input);
  const depth = Math.ceil(n / SOFTMAX_CROSS_ENTROPY_WORKGROUP) + 6;
  const scaleError = depth + 5;
  const bounds = new Float64Array(n * c);
  let lossError = 0;
  for (let row = 0; row < n; row++) {
    const weight = (classWeights?.[labels[row]] ?? 1) * (rowWeights?.[row] ?? 1);
    if (weight === 0) continue;
    const z = [...data.subarray(row * c, (row + 1) * c)];
    const largest = Math.max(...z);
    const falls = z.map((value) => largest - value);
    const s = falls.reduce((sum, fall) => sum + Math.exp(-fall), 0);
    const p = falls.map((fall) => Math.exp(-fall) / s);
    const rho = c - 1 + p.reduce((sum, value, j) => sum + value * (3 + 3 * falls[j]), 0);
    for (let j = 0; j < c; j++) {
      const target = (j === labels[row] ? 1 - labelSmoothing : 0) + labelSmoothing / c;
      const difference = p[j] * (3 + 3 * falls[j] + rho + 2.5) + 2 * target + Math.abs(p[j] - target);
      const gradient = Math.abs(logitsGradient[row * c + j]);
      bounds[row * c + j] = (weight / weightSum) * (difference * u + 4 * smallestNormal) + gradient * scaleError * u;
    }
    const own = (1 - labelSmoothing) * falls[labels[row]];
    const spread = (labelSmoothing / c) * falls.reduce((sum, fall) => sum + fall, 0);
    const rowLoss = Math.log(s) + own + spread;
    lossError += (weight / weightSum) * (rho + 4 + 3 * Math.log(s) + 3 * own + (c + 3) * spread + 2 * rowLoss);
  }
  const slack = 1 + 2 ** -10;
  return {
    loss: (lossError + loss * (2 * depth + 6)) * u * slack + 4 * c * smallestNormal,
    weightSum: (depth + 1) * u * weightSum * slack,
    logitsGradient: bounds.map((bound) => bound * slack + 4 * smallestNormal),
  };
}
