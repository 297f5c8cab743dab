import { type LinearSoftmaxInput, linearSoftmaxBounds, linearSoftmaxReference } from '@csx/wgsl-kernels';
import type { BenchCase, BenchContext } from '../bench-case.ts';
import { evenValues, randomLabels } from '../random-values.ts';
import { judgeWithin } from './judge.ts';
import { grouped, kernelCase } from './kernel-case.ts';

interface LinearSoftmaxSizes {
  readonly n: number;
  readonly d: number;
  readonly classCount: number;
  readonly batchSize: number;
  readonly steps: number;
}

const rule = { learningRate: 0.01, momentum: 0.9, weightDecay: 5e-4 };
const state = ['weights', 'bias', 'weightMomenta', 'biasMomenta'] as const;

/** [steps, 2], as the kernel writes them. */
const interleaved = (losses: Float64Array, counts: Float64Array) =>
  Float64Array.from({ length: 2 * losses.length }, (_, at) => (at % 2 === 0 ? losses : counts)[at >> 1]);

export function linearSoftmaxCase(
  sizes: LinearSoftmaxSizes,
  variant: LinearSoftmaxVariant | undefined,
  context: BenchContext,
): BenchCase {
  const { n, d, classCount, batchSize, steps } = sizes;
  return kernelCase(
    {
      kernel: 'linear-softmax',
      ...(variant !== undefined && { variant }),
      name: `${steps} steps, batch ${batchSize}, ${grouped(n)} x ${d}, ${classCount} classes`,
      shape: { ...sizes, ...rule },
      flop: 4 * steps * batchSize * d * classCount,
      bytes: 4 * steps * (2 * batchSize * d + 4 * d * classCount),
      inputs: (seed) => ({
        latents: evenValues(n * d, seed, 50),
        labels: randomLabels(n, classCount, seed, 51),
        order: randomLabels(steps * batchSize, n, seed, 52),
        weights: evenValues(d * classCount, seed, 53).map((value) => 0.1 * value),
        bias: evenValues(classCount, seed, 54),
        weightMomenta: new Float32Array(d * classCount),
        biasMomenta: new Float32Array(classCount),
      }),
      judge({ latents, ...arrays }, values) {
        const input: LinearSoftmaxInput = {
          ...arrays,
          ...rule,
          ...{ latents: { data: latents, n, d }, batchSize, nesterov: false },
        };
        const expected = linearSoftmaxReference(input);
        const bounds = linearSoftmaxBounds(input);
        const totals = interleaved(bounds.losses, bounds.correctCounts);
        return judgeWithin('weights, momenta, losses and counts beside float64', values, [
          ...state.map((name) => ({ values: expected[name], bound: (at: number) => bounds[name][at] })),
          {
            values: interleaved(expected.losses, expected.correctCounts),
            bound: (at) => totals[at],
          },
        ]);
      },
    },
    context,
  );
}

export const linearSoftmaxVariants = ['subgroup', 'sliced'] as const;
type LinearSoftmaxVariant = (typeof linearSoftmaxVariants)[number];

/** The classifier head: a few steps, as many as an epoch of the paper's has on a GPU. */
export function linearSoftmaxSuite(context: BenchContext): readonly BenchCase[] {
  const shape = { d: 512, classCount: 10, batchSize: 256 };
  const sizes = context.hasGpu ? { ...shape, n: 20_000, steps: 78 } : { ...shape, n: 4096, steps: 8 };
  return linearSoftmaxVariants.map((variant) => linearSoftmaxCase(sizes, variant, context));
}
