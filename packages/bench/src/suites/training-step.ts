import { createBackbone, createStream, initialWeights, type ModelGraph, modelToGraph, trainFlop } from '@csx/core';
import type { TrainingStepTask } from '../worker/protocol.ts';
import { writeArray } from '../worker/task-files.ts';
import type { BenchCase, BenchContext, Judgement } from './bench-case.ts';
import type { CandidateName } from './candidates.ts';
import { flatWeights, plainGraph } from './plain-graph.ts';
import { normalValues } from './random-values.ts';

const classCount = 10;

export interface StepSizes {
  readonly network: 'vgg19' | 'small';
  readonly width: number;
  readonly batchSize: number;
  /** Height and width of the images. */
  readonly imageSize: number;
}

/**
 * The losses of two steps on one batch. Before the update they differ by roundings of the forward pass alone: those of f32,
 * or, where activations are stored as f16, up to 2^-10 of each by each of the 16 layers between image and latents. The
 * second loss depends on every gradient: the change from the first to the second is the update's effect, and has to be that
 * of the reference within a twentieth.
 */
function judgeLosses(values: Float32Array, reference: Float32Array, candidate: CandidateName): Judgement {
  const share = candidate === 'csx-gpu-f16' ? 16 * 2 ** -10 : 1e-3;
  const [first, second] = values;
  const [expectedFirst, expectedSecond] = reference;
  const forward = Math.abs(first - expectedFirst) / (share * Math.abs(expectedFirst));
  const change = expectedSecond - expectedFirst;
  const update = Math.abs(second - first - change) / (0.05 * Math.abs(change) + share * Math.abs(expectedFirst));
  return {
    what: `losses of two steps beside the CPU engine: the first within ${share} of it, their difference within 0.05 of itself and ${share} of the first; the larger share`,
    error: values.length === reference.length ? Math.max(forward, update) : Infinity,
    bound: 1,
  };
}

export function trainingStepCase(
  suite: string,
  { network, width, batchSize, imageSize }: StepSizes,
  candidates: readonly CandidateName[],
  baseline: CandidateName,
  context: BenchContext,
): BenchCase {
  const graph: ModelGraph = modelToGraph(
    createBackbone({ name: network, width, classCount, inputShape: [imageSize, imageSize, 3] }),
  );
  return {
    suite,
    name: `${network === 'vgg19' ? 'VGG19-BN' : network}, width ${width}, batch ${batchSize}`,
    what: 'one step of momentum SGD with weight decay: a batch from host memory, forward, backward, update; its loss read',
    shape: { network, width, batch: batchSize, image: `${imageSize} x ${imageSize} x 3`, classes: classCount },
    flop: trainFlop(graph) * batchSize,
    bytes: null,
    candidates,
    baseline,
    reference: 'csx-cpu',
    async prepare(folder) {
      const { seed, adapter, threads } = context;
      const weights = initialWeights(graph, (index) => createStream(seed, 'initialWeights', index));
      await writeArray(folder, 'weights.f32', flatWeights(graph, weights));
      await writeArray(folder, 'inputs.f32', normalValues(batchSize * imageSize * imageSize * 3, seed, 3));
      await writeArray(
        folder,
        'labels.u32',
        Uint32Array.from({ length: batchSize }, (_, row) => row % classCount),
      );
      const task: TrainingStepTask = {
        kind: 'training-step',
        folder,
        adapter,
        threads,
        graph: plainGraph(graph),
        backbone: { name: network, width, imageSize },
        batchSize,
        learningRate: 0.01,
        momentum: 0.9,
        weightDecay: 5e-4,
        checkSteps: 2,
      };
      return { task, judge: judgeLosses };
    },
  };
}

const vgg19 = (width: number, batchSize: number): StepSizes => ({ network: 'vgg19', width, batchSize, imageSize: 32 });

/** The step of the paper's network on the adapter, beside what else trains on it. */
export function trainingStepSuite(context: BenchContext): readonly BenchCase[] {
  const sizes = [vgg19(0.25, 64), vgg19(1, 32), ...(context.hasGpu ? [vgg19(1, 256)] : [])];
  const candidates = [
    'csx-gpu',
    'csx-gpu-f16',
    'jax-js',
    'onnxruntime-webgpu',
    'tfjs-webgpu',
    'csx-cpu',
    'torch-cpu',
    'torch-cuda',
  ] as const;
  return sizes.map((size) => trainingStepCase('training-step', size, candidates, 'csx-gpu', context));
}

/** The same step on the CPU alone. */
export function cpuStepSuite(context: BenchContext): readonly BenchCase[] {
  return [vgg19(1, 32), vgg19(0.25, 64), vgg19(0.25, 128)].map((size) =>
    trainingStepCase('training-cpu-step', size, ['csx-cpu', 'torch-cpu'], 'torch-cpu', context),
  );
}
