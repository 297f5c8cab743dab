import type { Matrix } from '@csx/wgsl-kernels';
import type { ClassifierHead } from '../../src/method/placement.ts';
import { createStream } from '../../src/random/stream.ts';

export interface MadeUpLatents {
  readonly latents: Matrix;
  readonly labels: Uint32Array;
  readonly classCount: number;
  readonly head: ClassifierHead;
  readonly logits: Matrix;
}

/** Normal clouds around normal centers, rows of the classes interleaved, with a head that knows the centers. */
export function madeUpLatents(classCounts: readonly number[], d: number, seed = 1): MadeUpLatents {
  const classCount = classCounts.length;
  const centers = createStream(seed, 'testData', 1);
  const center = Float32Array.from({ length: classCount * d }, () => centers.normal());
  const labels: number[] = [];
  for (let i = 0; i < Math.max(...classCounts); i++)
    for (let k = 0; k < classCount; k++) if (i < classCounts[k]) labels.push(k);
  const noise = createStream(seed, 'testData', 2);
  const data = new Float32Array(labels.length * d);
  labels.forEach((label, row) => {
    for (let j = 0; j < d; j++) data[row * d + j] = center[label * d + j] + noise.normal();
  });
  const latents = { data, n: labels.length, d };
  // The boundary between two equal spherical clouds: w = center, b = -|center|^2 / 2.
  const weights = new Float32Array(d * classCount);
  const bias = new Float32Array(classCount);
  for (let k = 0; k < classCount; k++)
    for (let j = 0; j < d; j++) {
      weights[j * classCount + k] = center[k * d + j];
      bias[k] -= center[k * d + j] ** 2 / 2;
    }
  const head = { weights: { data: weights, n: d, d: classCount }, bias };
  return { latents, labels: Uint32Array.from(labels), classCount, head, logits: logitsOf(latents, head) };
}

/** latents * weights + bias, by plain loops. */
export function logitsOf(latents: Matrix, { weights, bias }: ClassifierHead): Matrix {
  const c = bias.length;
  const data = new Float32Array(latents.n * c);
  for (let row = 0; row < latents.n; row++)
    for (let k = 0; k < c; k++) {
      let sum = bias[k];
      for (let j = 0; j < latents.d; j++) sum += latents.data[row * latents.d + j] * weights.data[j * c + k];
      data[row * c + k] = sum;
    }
  return { data, n: latents.n, d: c };
}

/** Row `row` of a matrix, as plain numbers. */
export function rowOf({ data, d }: Matrix, row: number): number[] {
  return [...data.subarray(row * d, (row + 1) * d)];
}

/** Euclidean distance in float64. */
export function distance(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] - b[i]) ** 2;
  return Math.sqrt(sum);
}
