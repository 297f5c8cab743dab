import { InvalidOptionError } from '@csx/wgsl-kernels';
import { loadOnnxRuntime, type OnnxBackend, openSession } from '../../onnxruntime/load-runtime.ts';
import { requireWeights } from '../check-batch.ts';
import { checkLossOptions } from '../check-loss-options.ts';
import type { TrainingEngine } from '../engine.ts';
import { classifierHeadGraph, shapeOf } from '../graph/model-graph.ts';
import { OnnxForwardPass } from './onnx-forward-pass.ts';
import { OnnxHeadTraining } from './onnx-head-training.ts';
import { OnnxTrainStep } from './onnx-train-step.ts';
import { forwardModel, trainModel } from './train-model.ts';

export interface OnnxEngineOptions {
  /** Threads within an operation. They change the time, never a bit of the result. */
  readonly threads?: number;
  /** `auto`: native where it loads, else wasm. */
  readonly backend?: OnnxBackend | 'auto';
}

/**
 * The CPU engine: ONNX Runtime, native or wasm, on any runtime.
 * @throws InvalidOptionError if `native` is asked for and does not load
 */
export async function createOnnxEngine(options: OnnxEngineOptions = {}): Promise<TrainingEngine> {
  const threads = options.threads ?? 2;
  const ort = await loadOnnxRuntime(options.backend ?? 'auto', threads);
  const open = (model: Uint8Array) => openSession(ort, model, threads);
  return {
    name: `ONNX Runtime ${ort.version} (${ort.backend}, ${threads} ${threads === 1 ? 'thread' : 'threads'})`,
    compileTrainStep: async (graph, stepOptions) => {
      if ((stepOptions.microBatches ?? 1) !== 1) {
        throw new InvalidOptionError(
          `training step: microBatches is ${stepOptions.microBatches}, the engine on the CPU takes batches as a whole`,
        );
      }
      checkLossOptions(stepOptions, shapeOf(graph, graph.logits)[0] as number);
      return new OnnxTrainStep(ort, await open(trainModel(graph, stepOptions)), graph, stepOptions);
    },
    compileHead: async ({ d, classCount, ...stepOptions }) => {
      checkLossOptions(stepOptions, classCount);
      const graph = classifierHeadGraph(d, classCount);
      const step = new OnnxTrainStep(ort, await open(trainModel(graph, stepOptions)), graph, stepOptions);
      return new OnnxHeadTraining(step, d, classCount);
    },
    compileForward: async (graph, weights, batchSize) => {
      requireWeights(graph.parameters, weights, 'weights');
      return new OnnxForwardPass(ort, await open(forwardModel(graph, weights, batchSize)), graph, batchSize);
    },
    compileReweightableForward: async (graph, batchSize) =>
      new OnnxForwardPass(ort, await open(forwardModel(graph, undefined, batchSize)), graph, batchSize),
  };
}
