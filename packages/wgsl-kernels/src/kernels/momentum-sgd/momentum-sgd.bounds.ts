import type { MomentumSgdInput } from './momentum-sgd.reference.ts';

const u = 2 ** -23;
const smallestNormal = 2 ** -126;

/**
 * How far one step may be from the float64 reference, for each element, with u = 2^-23 (WGSL rounds to either neighbor;
 * constants and the learning rate are rounded to f32 once more, half of that).
 *
 * With A = |gradient| + |decay w| and M = |momentum v|: g is off by 1.5 u |decay w| + u A, v by that, 1.5 u M and u (A + M):
 * at most 3.5 u (A + M). The weight adds 1.5 u for the product, u for the difference and u |w|: 6 u |learningRate| (A + M);
 * Nesterov's g + momentum v is at most 2 (A + M) and off by 9.5 u (A + M): 14.5. One more each for what is flushed and for
 * the products of errors.
 */
export function momentumSgdBounds(input: MomentumSgdInput<Float32Array | Float64Array>): {
  readonly weights: Float64Array;
  readonly momenta: Float64Array;
} {
  const { momentum, weightDecay, nesterov, decayCount, learningRate } = input;
  const size = Float64Array.from(input.gradients, (gradient, i) => {
    const decay = i < decayCount ? weightDecay : 0;
    return Math.abs(gradient) + Math.abs(decay * input.weights[i]) + Math.abs(momentum * input.momenta[i]);
  });
  const factor = Math.abs(learningRate) * (nesterov ? 15.5 : 7);
  return {
    momenta: size.map((value) => 4.5 * u * value + 4 * smallestNormal),
    weights: size.map((value, i) => u * (Math.abs(input.weights[i]) + factor * value) + (4 + factor) * smallestNormal),
  };
}
