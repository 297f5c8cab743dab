import type { Matrix } from '@csx/wgsl-kernels';
import type { Weights } from './engine.ts';
import { headBias, headKernel } from './graph/model-graph.ts';

/**
 * logits = latents * kernel + bias, [n, c], summed in float64 in the order of d and rounded once, so that every
 * runtime and adapter ranks the same values.
 */
export function linearLogits(latents: Matrix, head: Weights): Matrix {
  const kernel = head.get(headKernel) as Float32Array;
  const bias = head.get(headBias) as Float32Array;
  const { n, d, data } = latents;
  const c = bias.length;
  const logits = new Float32Array(n * c);
  const sums = new Float64Array(c);
  for (let row = 0; row < n; row++) {
    for (let j = 0; j < c; j++) sums[j] = bias[j];
    for (let k = 0; k < d; k++) {
      const value = data[row * d + k];
      // Half of what leaves a ReLU is zero.
      if (value === 0) continue;
      for (let j = 0; j < c; j++) sums[j] += value * kernel[k * c + j];
    }
    logits.set(sums, row * c);
  }
  return { data: logits, n, d: c };
}
