import { compileTrainStep, createWgslEngine, type TrainBatch } from '@csx/core';
import { requestAdapter } from '@csx/core/host';
import type { LayersModel } from '@tensorflow/tfjs';

/** Trains a tfjs model of supported layers on the GPU, 32 images a batch; returns the loss of every step. */
export async function trainOnGpu(model: LayersModel, batches: Iterable<TrainBatch>): Promise<number[]> {
  const engine = createWgslEngine(await requestAdapter());
  const step = await compileTrainStep(model, { engine, batchSize: 32, momentum: 0.9, weightDecay: 1e-4 });
  for (const batch of batches) await step.run(batch);
  const results = await step.results();
  await step.writeBack();
  engine.dispose();
  return results.map(({ loss }) => loss);
}
