import { type Matrix, portableExp } from '@csx/wgsl-kernels';

/**
 * Softmax probabilities of one row of a logit matrix, in float64.
 * The largest logit is subtracted first, so that logits hundreds apart give 0 and 1, never NaN. Every runtime returns the
 * same bits.
 * @returns `logits.d` probabilities that add up to 1.
 */
export function softmaxRow(logits: Matrix, row: number): Float64Array {
  const start = row * logits.d;
  let largest = Number.NEGATIVE_INFINITY;
  for (let k = 0; k < logits.d; k++) largest = Math.max(largest, logits.data[start + k]);
  const probabilities = new Float64Array(logits.d);
  let sum = 0;
  for (let k = 0; k < logits.d; k++) {
    probabilities[k] = portableExp(logits.data[start + k] - largest);
    sum += probabilities[k];
  }
  for (let k = 0; k < logits.d; k++) probabilities[k] /= sum;
  return probabilities;
}

/** Column of the largest logit of each row, [n]; equal logits go to the lower class, as numpy's argmax does. */
export function predictedClasses(logits: Matrix): Uint32Array {
  const predicted = new Uint32Array(logits.n);
  for (let row = 0; row < logits.n; row++) {
    const start = row * logits.d;
    let best = 0;
    for (let k = 1; k < logits.d; k++) if (logits.data[start + k] > logits.data[start + best]) best = k;
    predicted[row] = best;
  }
  return predicted;
}
