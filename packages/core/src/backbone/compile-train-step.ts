import type * as tf from '@tensorflow/tfjs';
import type { TrainingEngine, TrainStep, TrainStepOptions } from '../training/engine.ts';
import { modelToGraph } from './model-to-graph.ts';
import { readWeights, writeWeights, zeroMomenta } from './weights.ts';

export interface CompileTrainStepOptions extends TrainStepOptions {
  /** What trains: `createWgslEngine(device)` on a GPU, `await createOnnxEngine()` on the CPU. */
  readonly engine: TrainingEngine;
}

/** A compiled training step of a LayersModel. */
export interface ModelTrainStep extends TrainStep {
  /** Puts the trained weights and running statistics into the model, which then predicts and saves them. */
  writeBack(): Promise<void>;
}

/**
 * Compiles the training of a tfjs LayersModel as a classifier: forward pass, softmax cross-entropy, gradients and
 * momentum SGD as one step, which the engine runs for every batch without tfjs. It starts from the model's weights, with
 * momenta of zero, and leaves the model alone until `writeBack`.
 *
 * Takes any sequential or functional model with one input and one output that is made of conv2d, batchNormalization,
 * reLU, maxPooling2d and averagePooling2d (without overlap), globalAveragePooling2d, flatten, dropout, dense and add; the
 * last layer is dense, without activation or with a softmax, which the loss contains.
 *
 * @throws InvalidInputError naming the layer that is not supported, and what about it
 * @throws InvalidOptionError for options that make no step
 * @throws LimitExceededError if a batch does not fit the device; its hint says how many images would
 */
export async function compileTrainStep(
  model: tf.LayersModel,
  { engine, ...options }: CompileTrainStepOptions,
): Promise<ModelTrainStep> {
  const graph = modelToGraph(model);
  const step = await engine.compileTrainStep(graph, options);
  step.setState({ weights: await readWeights(model), momenta: zeroMomenta(graph) });
  return {
    batchSize: step.batchSize,
    setState: (state) => step.setState(state),
    getState: () => step.getState(),
    run: (batch) => step.run(batch),
    results: () => step.results(),
    writeBack: async () => writeWeights(model, (await step.getState()).weights),
    dispose: () => step.dispose(),
  };
}
