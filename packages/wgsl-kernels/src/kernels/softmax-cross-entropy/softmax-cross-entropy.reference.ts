import type { Matrix } from '../../matrix.ts';

/** A batch of logits with what the loss weighs them by. */
export interface SoftmaxCrossEntropyInput {
  /** [n, c] */
  readonly logits: Matrix;
  /** [n], each below c */
  readonly labels: Uint32Array;
  /** Part of the target that is spread over all classes; 0 unless told. */
  readonly labelSmoothing?: number | undefined;
  /** [c] >= 0: the weight of a row of each class. */
  readonly classWeights?: Float32Array | undefined;
  /** [n] >= 0: the weight of each row; 0 marks a padding row, which counts nowhere. */
  readonly rowWeights?: Float32Array | undefined;
}

export interface SoftmaxCrossEntropyTotals {
  /** Weighted mean over the rows, 0 when all weights are. */
  readonly loss: number;
  /** Rows of weight above 0 whose first largest logit is that of their label. */
  readonly correctCount: number;
  readonly weightSum: number;
}

/** The same with logits that may be float64. */
export type SoftmaxCrossEntropyBatch = Omit<SoftmaxCrossEntropyInput, 'logits'> & {
  readonly logits: { readonly data: Float32Array | Float64Array; readonly n: number; readonly d: number };
};

/** The loss and its gradient in float64, from the formulas of `createSoftmaxCrossEntropy`. Inputs are not checked. */
export function softmaxCrossEntropyReference(
  input: SoftmaxCrossEntropyBatch,
): SoftmaxCrossEntropyTotals & { readonly logitsGradient: Float64Array } {
  const { labels, labelSmoothing = 0, classWeights, rowWeights } = input;
  const { data, n, d: c } = input.logits;
  const weight = (row: number) => (classWeights?.[labels[row]] ?? 1) * (rowWeights?.[row] ?? 1);
  let weightSum = 0;
  for (let row = 0; row < n; row++) weightSum += weight(row);
  const logitsGradient = new Float64Array(n * c);
  let lossSum = 0;
  let correctCount = 0;
  for (let row = 0; row < n; row++) {
    if (weight(row) === 0) continue;
    const z = data.subarray(row * c, (row + 1) * c);
    let best = 0;
    for (let j = 1; j < c; j++) if (z[j] > z[best]) best = j;
    let sum = 0;
    for (let j = 0; j < c; j++) sum += Math.exp(z[j] - z[best]);
    for (let j = 0; j < c; j++) {
      const target = (j === labels[row] ? 1 - labelSmoothing : 0) + labelSmoothing / c;
      lossSum += weight(row) * target * (Math.log(sum) - (z[j] - z[best]));
      logitsGradient[row * c + j] = (weight(row) / weightSum) * (Math.exp(z[j] - z[best]) / sum - target);
    }
    if (best === labels[row]) correctCount++;
  }
  return { loss: weightSum === 0 ? 0 : lossSum / weightSum, correctCount, weightSum, logitsGradient };
}
