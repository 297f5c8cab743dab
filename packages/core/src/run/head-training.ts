import { NumericError } from '@csx/wgsl-kernels';
import { permutation } from '../random/permutation.ts';
import { createStream } from '../random/stream.ts';
import type { HeadTraining, LabelledLatents } from '../training/engine.ts';
import type { EpochRecord } from './image-epoch.ts';
import type { RunContext } from './run-context.ts';

/**
 * One epoch of the head on real and synthetic latents. The order is keyed by seed and epoch, not by arm:
 * arms with as many latents see them in the same order. Rows that do not fill the last batch are left out.
 * @throws NumericError for a loss that is not finite, naming epoch and step
 */
export async function trainHeadEpoch(
  { config, signal }: Pick<RunContext, 'config' | 'signal'>,
  head: HeadTraining,
  real: LabelledLatents,
  synthetic: LabelledLatents,
  epoch: number,
): Promise<EpochRecord> {
  const { learningRate } = config.head;
  const n = real.latents.n + synthetic.latents.n;
  const order = permutation(n, createStream(config.seed, 'headEpochOrder', epoch));
  await head.setLatents([real, synthetic]);
  const results = await head.trainEpoch({ order, learningRate, signal });
  let lossSum = 0;
  let correctCount = 0;
  for (const [step, { loss, correctCount: correct }] of results.entries()) {
    if (!Number.isFinite(loss)) {
      throw new NumericError(`classifier head: the loss is ${loss} in epoch ${epoch + 1}, step ${step + 1}`, {
        hint: 'lower --head-learning-rate',
      });
    }
    lossSum += loss;
    correctCount += correct;
  }
  const stepCount = results.length;
  return { loss: lossSum / stepCount, accuracy: correctCount / (stepCount * head.batchSize), learningRate };
}

/** Training steps of an epoch over n latents. */
export function headStepCount(n: number, batchSize: number): number {
  return Math.floor(n / batchSize);
}
