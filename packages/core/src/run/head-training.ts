import { NumericError } from '@csx/wgsl-kernels';
import type { SyntheticLatents } from '../method/extrapolation-round.ts';
import { permutation } from '../random/permutation.ts';
import { createStream } from '../random/stream.ts';
import type { TrainStep } from '../training/engine.ts';
import type { EpochRecord } from './image-epoch.ts';
import type { ProjectedPart } from './projection-stage.ts';
import type { RunContext } from './run-context.ts';

/**
 * One epoch of the head on real and synthetic latents. The order is keyed by seed and epoch, not by arm:
 * arms with as many latents see them in the same order. Rows that do not fill the last batch are left out.
 */
export async function trainHeadEpoch(
  context: RunContext,
  step: TrainStep,
  real: ProjectedPart,
  synthetic: SyntheticLatents,
  epoch: number,
): Promise<EpochRecord> {
  const { config, signal } = context;
  const { batchSize } = step;
  const { d, n: realCount } = real.latents;
  const n = realCount + synthetic.latents.n;
  const order = permutation(n, createStream(config.seed, 'headEpochOrder', epoch));
  const inputs = new Float32Array(batchSize * d);
  const labels = new Uint32Array(batchSize);
  const stepCount = headStepCount(n, batchSize);
  let lossSum = 0;
  let correctCount = 0;
  for (let i = 0; i < stepCount; i++) {
    signal?.throwIfAborted();
    for (let b = 0; b < batchSize; b++) {
      const row = order[i * batchSize + b];
      const [from, at] = row < realCount ? [real, row] : [synthetic, row - realCount];
      inputs.set(from.latents.data.subarray(at * d, (at + 1) * d), b * d);
      labels[b] = from.labels[at];
    }
    await step.run({ inputs, labels, learningRate: config.head.learningRate });
  }
  for (const { loss, correctCount: correct } of await step.results()) {
    if (!Number.isFinite(loss)) {
      throw new NumericError(`classifier head: the loss is ${loss} in epoch ${epoch + 1}`, {
        hint: 'lower --head-learning-rate',
      });
    }
    lossSum += loss;
    correctCount += correct;
  }
  const { learningRate } = config.head;
  return { loss: lossSum / stepCount, accuracy: correctCount / (stepCount * batchSize), learningRate };
}

/** Training steps of an epoch over n latents. */
export function headStepCount(n: number, batchSize: number): number {
  return Math.floor(n / batchSize);
}
