import { momentumSgdBounds, momentumSgdReference } from '@csx/wgsl-kernels';
import type { BenchCase, BenchContext } from '../bench-case.ts';
import { evenValues } from '../random-values.ts';
import { judgeWithin } from './judge.ts';
import { grouped, kernelCase } from './kernel-case.ts';

const rule = { learningRate: 0.01, momentum: 0.9, weightDecay: 5e-4 };

export function momentumSgdCase(count: number, context: BenchContext): BenchCase {
  // Biases, gammas and betas, which do not decay.
  const decayCount = Math.floor(0.99 * count);
  return kernelCase(
    {
      kernel: 'momentum-sgd',
      name: `${grouped(count)} weights`,
      shape: { count, decayCount, ...rule },
      flop: 6 * count,
      bytes: 20 * count,
      inputs: (seed) => ({
        weights: evenValues(count, seed, 55),
        momenta: evenValues(count, seed, 56),
        gradients: evenValues(count, seed, 57),
      }),
      judge(arrays, values) {
        const input = { ...arrays, ...rule, decayCount, nesterov: false };
        const expected = momentumSgdReference(input);
        const bounds = momentumSgdBounds(input);
        return judgeWithin('every weight and momentum beside float64', values, [
          { values: expected.weights, bound: (at) => bounds.weights[at] },
          { values: expected.momenta, bound: (at) => bounds.momenta[at] },
        ]);
      },
    },
    context,
  );
}

/** VGG19's 20 million weights, and fewer for software. */
export function momentumSgdSuite(context: BenchContext): readonly BenchCase[] {
  return [momentumSgdCase(context.hasGpu ? 20_000_000 : 2_000_000, context)];
}
