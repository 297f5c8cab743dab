import { softmaxCrossEntropyBounds, softmaxCrossEntropyReference } from '@csx/wgsl-kernels';
import type { BenchCase, BenchContext } from '../bench-case.ts';
import { evenValues, randomLabels } from '../random-values.ts';
import { exact, judgeWithin } from './judge.ts';
import { grouped, kernelCase } from './kernel-case.ts';

/** The gradient by the logits, and (mean loss, correct rows, sum of the weights, 0). */
export function softmaxCrossEntropyCase(rows: number, classCount: number, context: BenchContext): BenchCase {
  return kernelCase(
    {
      kernel: 'softmax-cross-entropy',
      name: `${grouped(rows)} rows, ${classCount} classes`,
      shape: { rows, classCount },
      flop: 8 * rows * classCount,
      bytes: 8 * rows * classCount + 4 * rows,
      peers: ['tfjs-webgpu', 'torch-cpu', 'torch-cuda'],
      inputs: (seed) => ({
        logits: evenValues(rows * classCount, seed, 63).map((value) => 4 * value),
        labels: randomLabels(rows, classCount, seed, 64),
      }),
      judge({ logits, labels }, values) {
        const batch = { logits: { data: logits, n: rows, d: classCount }, labels };
        const { loss, correctCount, weightSum, logitsGradient } = softmaxCrossEntropyReference(batch);
        const bounds = softmaxCrossEntropyBounds(batch);
        return judgeWithin('gradient and loss beside float64', values, [
          { values: logitsGradient, bound: (at) => bounds.logitsGradient[at] },
          { values: [loss], bound: () => bounds.loss },
          { values: [correctCount], bound: exact },
          { values: [weightSum], bound: () => bounds.weightSum },
          { values: [0], bound: exact },
        ]);
      },
    },
    context,
  );
}

/** A step's batch, and the rows of a GPU's. */
export function softmaxCrossEntropySuite(context: BenchContext): readonly BenchCase[] {
  return [128, context.hasGpu ? 100_000 : 20_000].map((rows) => softmaxCrossEntropyCase(rows, 10, context));
}
