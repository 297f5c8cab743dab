import { NumericError } from '@csx/wgsl-kernels';
import type { ImageSet } from '../data/image-set.ts';
import { permutation } from '../random/permutation.ts';
import { createStream } from '../random/stream.ts';
import type { AugmentationOptions, LatentBatch, TrainStep } from '../training/engine.ts';
import type { RunConfig } from './config.ts';
import type { RunContext } from './run-context.ts';

/** One epoch of a training, for records. */
export interface EpochRecord {
  readonly loss: number;
  readonly accuracy: number;
  /** Of the epoch's last step. */
  readonly learningRate: number;
}

/** Some images of a data set, and how their pixels become numbers. */
export interface ImageRows {
  readonly images: ImageSet;
  /** Rows of `images`. */
  readonly rows: Uint32Array;
  /** Of `standardizationTable`. */
  readonly table: Float32Array;
}

export interface ImageEpoch extends ImageRows {
  /** Counted from 0 over the whole training; decides the order of the rows, and how each is mirrored and moved. */
  readonly epoch: number;
  /** Of a step of this epoch, counted from 0. */
  readonly learningRate: (step: number) => number;
  /** Latents that a step brings along. */
  readonly latents?: (step: number) => LatentBatch;
  /** After the losses were looked at: steps done, and the mean loss so far. */
  readonly onLook: (doneCount: number, loss: number) => void;
  /** What trains, and the option that calms it, for the error of a loss that is not finite. */
  readonly name: string;
  readonly rateFlag: string;
}

/** Time between two looks at the losses, which on a GPU wait for all that is queued. */
const lookIntervalMs = 500;

/** Steps of an epoch; rows that do not fill the last batch are left out of it. */
export function imageStepCount(rowCount: number, batchSize: number): number {
  return Math.floor(rowCount / batchSize);
}

/** How a run's training steps change images at random, for `compileTrainStep`. */
export function augmentationOf({ seed, backbone }: Pick<RunConfig, 'seed' | 'backbone'>): AugmentationOptions {
  return { flip: backbone.flip, shift: backbone.shift, seed };
}

/**
 * One epoch on images, which the engine standardises and augments, and on the latents given beside them. The rows are a
 * permutation keyed by seed and epoch, so that every training sees the same images in the same order.
 * @throws NumericError for a loss that is not finite, naming epoch and step
 * @throws the signal's reason between two steps
 */
export async function trainImageEpoch(
  { config, signal }: Pick<RunContext, 'config' | 'signal'>,
  step: TrainStep,
  { images, rows: trainRows, table, epoch, ...input }: ImageEpoch,
): Promise<EpochRecord> {
  const { batchSize } = step;
  const stepCount = imageStepCount(trainRows.length, batchSize);
  const order = permutation(trainRows.length, createStream(config.seed, 'epochOrder', epoch));
  const imageBytes = images.height * images.width * images.channels;
  const pixels = new Uint8Array(batchSize * imageBytes);
  const labels = new Uint8Array(batchSize);
  const rows = new Uint32Array(batchSize);
  let rowCount = 0;
  let lossSum = 0;
  let correctCount = 0;
  let lookedAt = 0;
  let lastLook = performance.now();
  let learningRate = 0;
  for (let i = 0; i < stepCount; i++) {
    signal?.throwIfAborted();
    for (let b = 0; b < batchSize; b++) {
      const row = trainRows[order[i * batchSize + b]];
      rows[b] = row;
      labels[b] = images.labels[row];
      pixels.set(images.pixels.subarray(row * imageBytes, (row + 1) * imageBytes), b * imageBytes);
    }
    learningRate = input.learningRate(i);
    const latents = input.latents?.(i);
    const inputs = { pixels, rows, epoch, table };
    await step.run({ inputs, labels, learningRate, ...(latents && { latents }) });
    rowCount += batchSize + (latents?.labels.length ?? 0);
    if (performance.now() - lastLook < lookIntervalMs && i + 1 < stepCount) continue;
    lastLook = performance.now();
    for (const { loss, correctCount: correct, nonFiniteLayer } of await step.results()) {
      lookedAt++;
      if (!Number.isFinite(loss)) {
        const where =
          nonFiniteLayer === undefined ? '' : `; layer ${nonFiniteLayer} was the first whose values were not`;
        throw new NumericError(`${input.name}: the loss is ${loss} in epoch ${epoch + 1}, step ${lookedAt}${where}`, {
          hint: `lower ${input.rateFlag}`,
        });
      }
      lossSum += loss;
      correctCount += correct;
    }
    input.onLook(i + 1, lossSum / lookedAt);
  }
  return { loss: lossSum / stepCount, accuracy: correctCount / rowCount, learningRate };
}
