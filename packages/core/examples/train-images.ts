import {
  channelStatistics,
  compileTrainStep,
  createOnnxEngine,
  createStream,
  type ImageSet,
  permutation,
  standardizationTable,
} from '@csx/core';
import type { LayersModel } from '@tensorflow/tfjs';

/** Trains on images as bytes, mirrored and moved at random, on the CPU; returns the mean loss of every epoch. */
export async function trainOnImages(model: LayersModel, images: ImageSet, epochCount: number): Promise<number[]> {
  const engine = await createOnnxEngine({ threads: 2 });
  const batchSize = 32;
  const augmentation = { flip: true, shift: 1, seed: 1 };
  const step = await compileTrainStep(model, { engine, batchSize, momentum: 0.9, weightDecay: 5e-4, augmentation });
  const table = standardizationTable(channelStatistics(images));
  const imageBytes = images.height * images.width * images.channels;
  const losses: number[] = [];
  for (let epoch = 0; epoch < epochCount; epoch++) {
    const order = permutation(images.n, createStream(1, 'epochOrder', epoch));
    for (let at = 0; at + batchSize <= images.n; at += batchSize) {
      const rows = order.slice(at, at + batchSize);
      const pixels = new Uint8Array(batchSize * imageBytes);
      rows.forEach((row, i) => {
        pixels.set(images.pixels.subarray(row * imageBytes, (row + 1) * imageBytes), i * imageBytes);
      });
      const labels = Uint8Array.from(rows, (row) => images.labels[row]);
      await step.run({ inputs: { pixels, rows, table, epoch }, labels, learningRate: 0.05 });
    }
    const results = await step.results();
    losses.push(results.reduce((sum, { loss }) => sum + loss, 0) / results.length);
  }
  await step.writeBack();
  await step.dispose();
  return losses;
}
