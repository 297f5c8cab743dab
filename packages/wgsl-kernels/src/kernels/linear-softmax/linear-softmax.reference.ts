import type { Matrix } from '../../matrix.ts';
import type { MomentumSgdRule } from '../momentum-sgd/momentum-sgd.reference.ts';
import { softmaxCrossEntropyReference } from '../softmax-cross-entropy/softmax-cross-entropy.reference.ts';

/** A linear classifier and the momenta of its training. */
export interface LinearSoftmaxState<Values extends ArrayLike<number> = Float32Array> {
  /** [d, c] */
  readonly weights: Values;
  /** [c] */
  readonly bias: Values;
  /** [d, c] */
  readonly weightMomenta: Values;
  /** [c] */
  readonly biasMomenta: Values;
}

export interface LinearSoftmaxInput extends LinearSoftmaxState, MomentumSgdRule {
  /** [n, d] */
  readonly latents: Matrix;
  /** [n], each below c */
  readonly labels: Uint32Array;
  readonly batchSize: number;
  /** [steps * batchSize] rows of the latents: each step's batch after the other. */
  readonly order: Uint32Array;
  readonly learningRate: number;
  /** 0 unless told. */
  readonly labelSmoothing?: number | undefined;
  /** [c] >= 0 */
  readonly classWeights?: Float32Array | undefined;
  /** [2, c], as of `SoftmaxCrossEntropyInput` */
  readonly classOffsets?: Float32Array | undefined;
  /** 1 unless told. */
  readonly logitScale?: number | undefined;
  /** 0 unless told. */
  readonly focalGamma?: number | undefined;
}

export interface LinearSoftmaxOutput<Values extends ArrayLike<number> = Float32Array>
  extends LinearSoftmaxState<Values> {
  /** [steps]: the loss of each step before its update */
  readonly losses: Values;
  /** [steps]: rows of weight above 0 whose first largest logit is that of their label, before the update */
  readonly correctCounts: Values;
}

/** The batch of one step: its logits, loss and gradients in float64. */
export function linearSoftmaxBatch(input: LinearSoftmaxInput, state: LinearSoftmaxState<Float64Array>, step: number) {
  const { latents, labels, order, batchSize, labelSmoothing, classWeights } = input;
  const { classOffsets, logitScale, focalGamma } = input;
  const { d } = latents;
  const c = state.bias.length;
  const rows = order.subarray(step * batchSize, (step + 1) * batchSize);
  const logits = new Float64Array(batchSize * c);
  for (let r = 0; r < batchSize; r++) {
    for (let j = 0; j < c; j++) {
      let sum = state.bias[j];
      for (let k = 0; k < d; k++) sum += latents.data[rows[r] * d + k] * state.weights[k * c + j];
      logits[r * c + j] = sum;
    }
  }
  const batch = {
    logits: { data: logits, n: batchSize, d: c },
    labels: Uint32Array.from(rows, (row) => labels[row]),
    labelSmoothing,
    classWeights,
    classOffsets,
    logitScale,
    focalGamma,
  };
  const { loss, correctCount, logitsGradient } = softmaxCrossEntropyReference(batch);
  const weights = new Float64Array(d * c);
  const bias = new Float64Array(c);
  for (let r = 0; r < batchSize; r++) {
    for (let j = 0; j < c; j++) {
      bias[j] += logitsGradient[r * c + j];
      for (let k = 0; k < d; k++) weights[k * c + j] += latents.data[rows[r] * d + k] * logitsGradient[r * c + j];
    }
  }
  return { batch, rows, loss, correctCount, logitsGradient, gradients: { weights, bias } };
}

/** One update of parameters in place. */
function update(
  { momentum, nesterov, learningRate }: LinearSoftmaxInput,
  weights: Float64Array,
  momenta: Float64Array,
  gradients: Float64Array,
  decay: number,
): void {
  for (let i = 0; i < weights.length; i++) {
    const gradient = gradients[i] + decay * weights[i];
    momenta[i] = momentum * momenta[i] + gradient;
    weights[i] -= learningRate * (nesterov ? gradient + momentum * momenta[i] : momenta[i]);
  }
}

/**
 * All steps in float64, from the formulas of `createLinearSoftmax`; `visit` sees each step before its update. Inputs are not
 * checked.
 */
export function linearSoftmaxReference(
  input: LinearSoftmaxInput,
  visit?: (batch: ReturnType<typeof linearSoftmaxBatch>, state: LinearSoftmaxState<Float64Array>) => void,
): LinearSoftmaxOutput<Float64Array> {
  const state = {
    weights: Float64Array.from(input.weights),
    bias: Float64Array.from(input.bias),
    weightMomenta: Float64Array.from(input.weightMomenta),
    biasMomenta: Float64Array.from(input.biasMomenta),
  };
  const losses = new Float64Array(input.order.length / input.batchSize);
  const correctCounts = new Float64Array(losses.length);
  for (let step = 0; step < losses.length; step++) {
    const batch = linearSoftmaxBatch(input, state, step);
    visit?.(batch, state);
    losses[step] = batch.loss;
    correctCounts[step] = batch.correctCount;
    update(input, state.weights, state.weightMomenta, batch.gradients.weights, input.weightDecay);
    update(input, state.bias, state.biasMomenta, batch.gradients.bias, 0);
  }
  return { ...state, losses, correctCounts };
}
