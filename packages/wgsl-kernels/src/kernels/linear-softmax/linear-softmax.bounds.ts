import { momentumSgdBounds } from '../momentum-sgd/momentum-sgd.bounds.ts';
import { softmaxCrossEntropyBounds } from '../softmax-cross-entropy/softmax-cross-entropy.bounds.ts';
import {
  type LinearSoftmaxInput,
  type LinearSoftmaxOutput,
  type LinearSoftmaxState,
  linearSoftmaxReference,
} from './linear-softmax.reference.ts';

const u = 2 ** -23;
/** What sums of products lose where denormals are flushed: far below every other term, for latents below 2^20. */
const flushed = 2 ** -100;

/**
 * How far weights, momenta, losses and counts may be from the float64 reference after all steps of the input. The errors E of the
 * state, 0 at first, go through each step:
 * - a logit: sum_k |x_k| E(w_kj) + E(b_j), and (d + 1) u sum_k |x_k w_kj| for its sum of d products and the bias in any order;
 * - softmax - target: half of the row's largest such error e, since sum_k |dp_j/dz_k| = 2 p_j (1 - p_j) <= 1/2, weighed as the
 *   row is; and the bounds of softmax-cross-entropy, at logits that are e off (a factor 1 + 2 e). A scale of the logits
 *   multiplies e, and the gradient. A focal exponent g: 2 + 3 g + g |g - 1| in place of 1/2, since with q = 1 - p and f of the
 *   formula, sum_k |dg_j/dz_k| <= 2 q^2 |df/dlog p| + 2 f max(q, p q), q p <= 1/4 and -p log p <= 1/e;
 * - correct rows: one for each row whose label's logit and the largest other one are at most 2 e apart;
 * - the loss: 2 e, since sum_k |dloss/dz_k| <= 2, and a sum over the batch in any order; focal: 2 f q <= 2 + g;
 * - gradients: sum_r |x_rk| times the above, and (2 batch + 4) u sum_r |x_rk g_rj| for the sum, and the sum of the weights,
 *   which divides it;
 * - the update: its own bound, and E of what it reads: v: momentum E(v) + E(g) + decay E(w); w: E(w) + learningRate E(v), with
 *   Nesterov E(g) + momentum E(v) in place of E(v).
 * So errors grow by at most 1 + learningRate |x|_1 |x| / (2 (1 - momentum)) a step: tight for one step, honest for a few.
 */
export function linearSoftmaxBounds(input: LinearSoftmaxInput): LinearSoftmaxOutput<Float64Array> {
  const {
    latents,
    batchSize,
    classWeights,
    momentum,
    nesterov,
    weightDecay,
    logitScale = 1,
    focalGamma: g = 0,
  } = input;
  const steepness = logitScale ** 2 * (g === 0 ? 0.5 : 2 + 3 * g + g * Math.abs(g - 1));
  const learningRate = Math.abs(input.learningRate);
  const { d } = latents;
  const c = input.bias.length;
  const errors = {
    weights: new Float64Array(d * c),
    bias: new Float64Array(c),
    weightMomenta: new Float64Array(d * c),
    biasMomenta: new Float64Array(c),
  };
  const losses: number[] = [];
  const correctCounts: number[] = [];

  const step = (
    gradients: Float64Array,
    gradientErrors: Float64Array,
    [values, momenta]: readonly [Float64Array, Float64Array],
    [valueErrors, momentumErrors]: readonly [Float64Array, Float64Array],
    decay: number,
  ) => {
    const decayCount = decay > 0 ? values.length : 0;
    const local = momentumSgdBounds({ ...input, weights: values, momenta, gradients, decayCount });
    for (let i = 0; i < values.length; i++) {
      const gradientError = gradientErrors[i] + decay * valueErrors[i];
      const carried = momentum * momentumErrors[i] + gradientError;
      momentumErrors[i] = carried + local.momenta[i] + flushed;
      const stepError = nesterov ? gradientError + momentum * carried : carried;
      valueErrors[i] += learningRate * stepError + local.weights[i] + flushed;
    }
  };

  linearSoftmaxReference(
    input,
    ({ batch, rows, loss, logitsGradient, gradients }, state: LinearSoftmaxState<Float64Array>) => {
      const bounds = softmaxCrossEntropyBounds(batch);
      const gradientErrors = { weights: new Float64Array(d * c), bias: new Float64Array(c) };
      const weight = (r: number) => classWeights?.[batch.labels[r]] ?? 1;
      let weightSum = 0;
      for (let r = 0; r < batchSize; r++) weightSum += weight(r);
      let lossError = bounds.loss + 2 * batchSize * u * loss;
      let unsureCount = 0;
      for (let r = 0; r < batchSize; r++) {
        let e = 0;
        for (let j = 0; j < c; j++) {
          let logit = errors.bias[j] + (d + 1) * u * Math.abs(state.bias[j]) + flushed;
          for (let k = 0; k < d; k++) {
            const size = Math.abs(latents.data[rows[r] * d + k]);
            logit +=
              size *
              (errors.weights[k * c + j] +
                (d + 1) * u * (Math.abs(state.weights[k * c + j]) + errors.weights[k * c + j]));
          }
          e = Math.max(e, logit);
        }
        const logits = batch.logits.data.subarray(r * c, (r + 1) * c);
        const others = logits.filter((_, j) => j !== batch.labels[r]);
        if (Math.abs(Math.max(...others) - logits[batch.labels[r]]) <= 2 * e) unsureCount++;
        const share = weightSum === 0 ? 0 : weight(r) / weightSum;
        lossError += share * (2 + g) * logitScale * e;
        for (let j = 0; j < c; j++) {
          const at = r * c + j;
          const size = Math.abs(logitsGradient[at]);
          const own = share * steepness * e + bounds.logitsGradient[at] * (1 + 2 * logitScale * e);
          const sum = (2 * batchSize + 4) * u * (size + own);
          gradientErrors.bias[j] += own + sum;
          for (let k = 0; k < d; k++)
            gradientErrors.weights[k * c + j] += Math.abs(latents.data[rows[r] * d + k]) * (own + sum);
        }
      }
      losses.push(lossError + flushed);
      correctCounts.push(unsureCount);
      const { weights, bias } = gradients;
      step(
        weights,
        gradientErrors.weights,
        [state.weights, state.weightMomenta],
        [errors.weights, errors.weightMomenta],
        weightDecay,
      );
      step(bias, gradientErrors.bias, [state.bias, state.biasMomenta], [errors.bias, errors.biasMomenta], 0);
    },
  );
  return { ...errors, losses: Float64Array.from(losses), correctCounts: Float64Array.from(correctCounts) };
}
