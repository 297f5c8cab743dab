import type { Matrix } from '../../matrix.ts';

/** A batch of logits with what the loss weighs them by. */
export interface SoftmaxCrossEntropyInput {
  /** [n, c] */
  readonly logits: Matrix;
  /** [n], each below c */
  readonly labels: Uint32Array;
  /** Part of the target that is spread over all classes; 0 unless told. */
  readonly labelSmoothing?: number | undefined;
  /** [2, c]: what is added to each class's logit, and then what is taken off it in the class's own rows. */
  readonly classOffsets?: Float32Array | undefined;
  /** Multiplies the logits, after their offsets; 1 unless told. */
  readonly logitScale?: number | undefined;
  /** The exponent of the focal loss; 0, none, unless told. */
  readonly focalGamma?: number | undefined;
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

/** The logits of a row that the softmax is taken of: logitScale * (z_j + offset_j - [j = label] margin_label). */
export function trainedLogits(
  { logits: { data, d: c }, labels, classOffsets, logitScale = 1 }: SoftmaxCrossEntropyBatch,
  row: number,
): Float64Array {
  return Float64Array.from(data.subarray(row * c, (row + 1) * c), (z, j) => {
    const margin = j === labels[row] ? (classOffsets?.[c + j] ?? 0) : 0;
    return logitScale * (z + (classOffsets?.[j] ?? 0) - margin);
  });
}

/** What the focal loss turns cross-entropy and its slope by the own log-probability into, with q = 1 - p of the own class. */
export function focalFactors(q: number, gamma: number): { readonly loss: number; readonly slope: number } {
  if (gamma === 0) return { loss: 1, slope: 1 };
  const power = q ** gamma;
  // -log(1 - q) / q goes to 1.
  return { loss: power, slope: power * (1 + (q === 0 || q === 1 ? 0 : (gamma * (1 - q) * -Math.log1p(-q)) / q)) };
}

/** The loss and its gradient in float64, from the formulas of `createSoftmaxCrossEntropy`. Inputs are not checked. */
export function softmaxCrossEntropyReference(
  input: SoftmaxCrossEntropyBatch,
): SoftmaxCrossEntropyTotals & { readonly logitsGradient: Float64Array } {
  const { labels, labelSmoothing = 0, classWeights, rowWeights, logitScale = 1, focalGamma = 0 } = input;
  const { data, n, d: c } = input.logits;
  const weight = (row: number) => (classWeights?.[labels[row]] ?? 1) * (rowWeights?.[row] ?? 1);
  let weightSum = 0;
  for (let row = 0; row < n; row++) weightSum += weight(row);
  const logitsGradient = new Float64Array(n * c);
  let lossSum = 0;
  let correctCount = 0;
  for (let row = 0; row < n; row++) {
    if (weight(row) === 0) continue;
    const given = data.subarray(row * c, (row + 1) * c);
    let best = 0;
    for (let j = 1; j < c; j++) if (given[j] > given[best]) best = j;
    if (best === labels[row]) correctCount++;
    const z = trainedLogits(input, row);
    const largest = Math.max(...z);
    let sum = 0;
    let others = 0;
    for (let j = 0; j < c; j++) {
      sum += Math.exp(z[j] - largest);
      if (j !== labels[row]) others += Math.exp(z[j] - largest);
    }
    const focal = focalFactors(others / sum, focalGamma);
    for (let j = 0; j < c; j++) {
      const target = (j === labels[row] ? 1 - labelSmoothing : 0) + labelSmoothing / c;
      lossSum += weight(row) * focal.loss * target * (Math.log(sum) - (z[j] - largest));
      const slope = (weight(row) / weightSum) * logitScale * focal.slope;
      // 1 - p keeps its digits as the sum of the others.
      const isOwn = labelSmoothing === 0 && j === labels[row];
      logitsGradient[row * c + j] = slope * (isOwn ? -others / sum : Math.exp(z[j] - largest) / sum - target);
    }
  }
  return { loss: weightSum === 0 ? 0 : lossSum / weightSum, correctCount, weightSum, logitsGradient };
}
