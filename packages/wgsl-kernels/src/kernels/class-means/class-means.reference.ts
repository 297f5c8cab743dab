import type { Matrix } from '../../matrix.ts';

export interface ClassMeansOutput {
  /** [c, d]: the mean row of each class; zeros for a class without rows. */
  readonly means: Matrix;
  /** [c]: rows of each class. */
  readonly classCounts: Uint32Array;
}

/** Mean row of each class, summed in float64 and rounded to f32. Inputs are not checked. */
export function classMeansReference(latents: Matrix, labels: Uint32Array, classCount: number): ClassMeansOutput {
  const { data, n, d } = latents;
  const sums = new Float64Array(classCount * d);
  const classCounts = new Uint32Array(classCount);
  for (let row = 0; row < n; row++) {
    const label = labels[row];
    classCounts[label]++;
    for (let j = 0; j < d; j++) sums[label * d + j] += data[row * d + j];
  }
  const means = Float32Array.from(sums, (sum, at) => sum / Math.max(1, classCounts[Math.floor(at / d)]));
  return { means: { data: means, n: classCount, d }, classCounts };
}
