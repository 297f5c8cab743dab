import { classMeansBound, classMeansReference } from '@csx/wgsl-kernels';
import type { BenchCase, BenchContext } from '../bench-case.ts';
import { evenValues, randomLabels } from '../random-values.ts';
import { judgeWithin } from './judge.ts';
import { grouped, kernelCase } from './kernel-case.ts';

interface ClassMeansSizes {
  readonly n: number;
  readonly d: number;
  readonly classCount: number;
}

export function classMeansCase({ n, d, classCount }: ClassMeansSizes, context: BenchContext): BenchCase {
  return kernelCase(
    {
      kernel: 'class-means',
      name: `${grouped(n)} x ${d}, ${classCount} classes`,
      shape: { n, d, classCount },
      flop: n * d,
      bytes: 4 * (n * d + n + classCount * d),
      peers: ['tfjs-webgpu', 'torch-cpu', 'torch-cuda'],
      inputs: (seed) => ({
        latents: evenValues(n * d, seed, 20),
        labels: randomLabels(n, classCount, seed, 21),
      }),
      judge({ latents, labels }, values) {
        const { means, classCounts } = classMeansReference({ data: latents, n, d }, labels, classCount);
        const absolute = classMeansReference({ data: latents.map(Math.abs), n, d }, labels, classCount);
        // The mean of the absolute values was itself rounded to f32.
        const meanAbsolute = (at: number) => absolute.means.data[at] * (1 + 2 ** -23) + 2 ** -149;
        const bound = (at: number) => classMeansBound(classCounts[Math.floor(at / d)], meanAbsolute(at));
        return judgeWithin('every mean beside float64', values, [{ values: means.data, bound }]);
      },
    },
    context,
  );
}

/** The latents of a run: those of ten classes. */
export function classMeansSuite(context: BenchContext): readonly BenchCase[] {
  const counts = context.hasGpu ? [20_000, 200_000] : [20_000];
  return counts.map((n) => classMeansCase({ n, d: 512, classCount: 10 }, context));
}
