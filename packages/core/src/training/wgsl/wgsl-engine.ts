import {
  createSession,
  InvalidOptionError,
  type KernelDevice,
  type PoolStats,
  requireHalfStorage,
  type StorageType,
} from '@csx/wgsl-kernels';
import { checkLossOptions } from '../check-loss-options.ts';
import type { TrainingEngine } from '../engine.ts';
import { elementCount, type ModelGraph, shapeOf } from '../graph/model-graph.ts';
import { checkSplit, partOptions } from './batch-split.ts';
import { compileHead } from './head-memory.ts';
import { createTrainingKernels } from './kernels.ts';
import { forwardBytes, type MemoryLimits, requireForwardFits, requireTrainingFits, trainingBytes } from './memory.ts';
import { withRoomFor } from './out-of-memory.ts';
import { createStepMemory } from './step-memory.ts';
import { compileWgslForwardPass } from './wgsl-forward-pass.ts';
import { WgslHeadTraining } from './wgsl-head-training.ts';
import { WgslTrainStep } from './wgsl-train-step.ts';

export interface WgslEngineOptions {
  /** Largest binding, in bytes; the device's own limit unless told. */
  readonly maxBindingBytes?: number;
  /** Bytes that the buffers of one training step or forward pass may take; no limit unless told. */
  readonly memoryLimitBytes?: number;
  /**
   * How training steps keep their activations from the forward to the backward pass; f32 unless told. f16 takes half of the
   * bytes, and needs the device feature `shader-f16`. Parameters, momenta, statistics, gradients, the network's input, latents
   * and logits are f32 in any case, and so are all sums; forward passes in evaluation mode keep nothing, and are f32.
   */
  readonly activationStorage?: StorageType;
}

export interface WgslEngine extends TrainingEngine {
  /** Bytes and buffers that the engine holds on the device. */
  stats(): PoolStats;
  /** Frees all that the engine holds; the device stays the caller's. */
  dispose(): void;
}

/**
 * The GPU engine: a graph becomes a plan of our kernels, made once and replayed for every batch. Buffers that are never
 * needed at the same time are shared, a step is one submission, and nothing is read back until it is asked for. The
 * same bits for the same input on one adapter. Throws InvalidOptionError for activations of f16 on a device without
 * `shader-f16`.
 */
export function createWgslEngine({ device, adapter }: KernelDevice, options: WgslEngineOptions = {}): WgslEngine {
  const { maxBindingBytes, memoryLimitBytes = Number.POSITIVE_INFINITY, activationStorage = 'f32' } = options;
  if (activationStorage === 'f16') requireHalfStorage('training engine', device);
  else if (activationStorage !== 'f32') {
    throw new InvalidOptionError(
      `training engine: activationStorage is ${String(activationStorage)}, expected f32 or f16`,
    );
  }
  const session = createSession(device, maxBindingBytes === undefined ? {} : { maxBindingBytes });
  const kernels = createTrainingKernels(session);
  const limits: MemoryLimits = {
    maxBindingBytes: session.maxBindingBytes,
    maxBufferBytes: device.limits.maxBufferSize,
    totalBytes: memoryLimitBytes,
  };
  const compileForward = async (graph: ModelGraph, batchSize: number) => {
    requireForwardFits(graph, batchSize, limits);
    return withRoomFor(
      session,
      'forward pass',
      batchSize,
      (size) => forwardBytes(graph, size),
      () => compileWgslForwardPass(session, kernels, graph, batchSize),
    );
  };
  return {
    name: `WebGPU kernels (${adapter.name}${activationStorage === 'f16' ? ', f16 activations' : ''})`,
    async compileTrainStep(graph, stepOptions) {
      checkLossOptions(stepOptions, elementCount(shapeOf(graph, graph.logits)));
      checkSplit(stepOptions);
      const part = partOptions(stepOptions);
      requireTrainingFits(graph, part, activationStorage, limits);
      const memory = await withRoomFor(
        session,
        'training step',
        part.batchSize,
        (batchSize) => trainingBytes(graph, { ...part, batchSize }, activationStorage),
        () => createStepMemory(session, kernels, graph, part, activationStorage, (part.microBatches ?? 1) > 1),
      );
      return new WgslTrainStep(session, graph, stepOptions, memory);
    },
    async compileHead(headOptions) {
      checkLossOptions(headOptions, headOptions.classCount);
      return new WgslHeadTraining(session, await compileHead(session, kernels, headOptions));
    },
    async compileForward(graph, weights, batchSize) {
      const forward = await compileForward(graph, batchSize);
      forward.setWeights(weights);
      return forward;
    },
    compileReweightableForward: compileForward,
    stats: () => session.pool.stats(),
    dispose: () => session.dispose(),
  };
}
