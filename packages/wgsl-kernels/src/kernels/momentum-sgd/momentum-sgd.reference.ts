/** How a step of gradient descent updates. */
export interface MomentumSgdRule {
  /** 0 to below 1 */
  readonly momentum: number;
  /** L2 penalty on the elements that decay, >= 0 */
  readonly weightDecay: number;
  readonly nesterov: boolean;
}

/** Parameters in one array each, [count]; the first `decayCount` elements decay. */
export interface MomentumSgdInput<Values = Float32Array> extends MomentumSgdRule {
  readonly weights: Values;
  readonly momenta: Values;
  readonly gradients: Values;
  readonly decayCount: number;
  readonly learningRate: number;
}

/** Weights and momenta after one step in float64, from the formulas of `createMomentumSgd`. Inputs are not checked. */
export function momentumSgdReference(input: MomentumSgdInput<Float32Array | Float64Array>): {
  readonly weights: Float64Array;
  readonly momenta: Float64Array;
} {
  const { momentum, weightDecay, nesterov, decayCount, learningRate } = input;
  const weights = Float64Array.from(input.weights);
  const momenta = Float64Array.from(input.momenta);
  for (let i = 0; i < weights.length; i++) {
    const gradient = input.gradients[i] + (i < decayCount ? weightDecay : 0) * weights[i];
    momenta[i] = momentum * momenta[i] + gradient;
    weights[i] -= learningRate * (nesterov ? gradient + momentum * momenta[i] : momenta[i]);
  }
  return { weights, momenta };
}
