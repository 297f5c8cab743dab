import { InvalidInputError, NumericError } from '@csx/wgsl-kernels';
import type { RowSource } from '../out-of-core/row-source.ts';
import type { RowScan } from '../out-of-core/scan-rows.ts';
import { permutation } from '../random/permutation.ts';
import { createStream } from '../random/stream.ts';
import type { TrainingEngine } from './engine.ts';
import { classifierHeadGraph, headBias, headKernel } from './graph/model-graph.ts';

export interface LinearProbeInput {
  readonly source: RowSource;
  /** [n] class indices */
  readonly labels: Uint32Array;
  readonly classCount: number;
  /** Of the source. */
  readonly scan: Pick<RowScan, 'means' | 'deviations'>;
  readonly seed: number;
  readonly onProgress?: ((doneSteps: number, totalSteps: number) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** How a probe is trained; for records. */
export const linearProbeOptions = {
  epochs: 5,
  batchSize: 256,
  learningRate: 0.1,
  momentum: 0.9,
  weightDecay: 5e-4,
} as const;

/** Values of rows in memory at a time. */
const blockValues = 2 ** 21;

/**
 * A linear softmax classifier of latents, for those who have none: momentum SGD on rows standardised by column, with a rate
 * that falls to zero, and the standardisation taken into its weights.
 *
 * Rows are read in blocks, in another order in every epoch, and shuffled within a block. Deterministic.
 *
 * @returns kernel [d, c] and bias [c], of the rows as they are
 * @throws InvalidInputError for no row; NumericError for a loss that is not finite.
 */
export async function fitLinearProbe(
  input: LinearProbeInput,
  engine: TrainingEngine,
): Promise<{ kernel: Float32Array; bias: Float32Array; loss: number }> {
  const { source, labels, classCount, scan, seed, onProgress, signal } = input;
  const { n, d, name } = source;
  const { epochs, learningRate, momentum, weightDecay } = linearProbeOptions;
  if (n === 0) throw new InvalidInputError(`${name}: no row to fit a linear probe to`);
  const batchSize = Math.min(linearProbeOptions.batchSize, n);
  const step = await engine.compileTrainStep(classifierHeadGraph(d, classCount), { batchSize, momentum, weightDecay });
  const scale = scan.deviations.map((deviation) => (deviation > 0 ? 1 / deviation : 0));
  try {
    const zeros = () =>
      new Map([
        [headKernel, new Float32Array(d * classCount)],
        [headBias, new Float32Array(classCount)],
      ]);
    step.setState({ weights: zeros(), momenta: zeros() });
    const blockRows = Math.max(batchSize, Math.min(n, Math.floor(blockValues / d)));
    const blockCount = Math.ceil(n / blockRows);
    const space = new Float32Array(blockRows * d);
    const inputs = new Float32Array(batchSize * d);
    const own = new Uint32Array(batchSize);
    const totalSteps = epochs * Math.floor(n / batchSize);
    let filled = 0;
    let done = 0;
    let loss = 0;
    for (let epoch = 0; epoch < epochs && done < totalSteps; epoch++) {
      for (const block of permutation(blockCount, createStream(seed, 'headEpochOrder', epoch, 0))) {
        const first = block * blockRows;
        const count = Math.min(blockRows, n - first);
        await source.read(first, count, space);
        for (const row of permutation(count, createStream(seed, 'headEpochOrder', epoch, 1 + block))) {
          for (let j = 0; j < d; j++) inputs[filled * d + j] = (space[row * d + j] - scan.means[j]) * scale[j];
          own[filled++] = labels[first + row];
          if (filled < batchSize || done === totalSteps) continue;
          signal?.throwIfAborted();
          filled = 0;
          await step.run({ inputs, labels: own, learningRate: learningRate * (1 - done / totalSteps) });
          onProgress?.(++done, totalSteps);
        }
        for (const result of await step.results()) loss = result.loss;
        if (!Number.isFinite(loss)) throw new NumericError(`linear probe: the loss is ${loss} in epoch ${epoch + 1}`);
      }
    }
    const { weights } = await step.getState();
    return { ...unscaled(weights.get(headKernel), weights.get(headBias), scan.means, scale), loss };
  } finally {
    await step.dispose();
  }
}

/** w . (x - mean) * scale + b as weights of x itself. */
function unscaled(
  kernel: Float32Array = new Float32Array(0),
  bias: Float32Array = new Float32Array(0),
  means: Float64Array,
  scale: Float64Array,
): { kernel: Float32Array; bias: Float32Array } {
  const c = bias.length;
  const own = new Float32Array(kernel.length);
  const offset = Float64Array.from(bias);
  for (let j = 0; j < means.length; j++) {
    for (let k = 0; k < c; k++) {
      const weight = kernel[j * c + k] * scale[j];
      own[j * c + k] = weight;
      offset[k] -= weight * means[j];
    }
  }
  return { kernel: own, bias: Float32Array.from(offset) };
}
