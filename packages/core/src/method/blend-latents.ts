import type { Matrix } from '@csx/wgsl-kernels';
import type { SyntheticLatents } from './extrapolation-round.ts';

/**
 * Synthetic latents where they lie now that the network has moved: `P * minor + (1 - P) * major` of their parents'
 * present latents, summed in float64 and rounded once. Parents and P stay.
 * @param latents the rows that `minorRows` and `majorRows` number
 */
export function blendLatents(latents: Matrix, synthetic: SyntheticLatents): SyntheticLatents {
  const { d } = latents;
  const { n } = synthetic.latents;
  const data = new Float32Array(n * d);
  for (let row = 0; row < n; row++) {
    const minor = synthetic.minorRows[row] * d;
    const major = synthetic.majorRows[row] * d;
    const weight = synthetic.minorWeights[row];
    for (let k = 0; k < d; k++)
      data[row * d + k] = weight * latents.data[minor + k] + (1 - weight) * latents.data[major + k];
  }
  return { ...synthetic, latents: { data, n, d } };
}
