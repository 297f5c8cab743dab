import { InvalidOptionError } from '@csx/wgsl-kernels';
import type * as tf from '@tensorflow/tfjs';
import { dropoutMaskName, dropoutStreams } from '../training/dropouts.ts';
import type { TrainStepOptions } from '../training/engine.ts';
import { type ModelGraph, shapeOf } from '../training/graph/model-graph.ts';
import { startModel } from '../training/onnx/start-model.ts';
import { forwardModel, trainModel } from '../training/onnx/train-model.ts';
import { modelToGraph } from './model-to-graph.ts';
import { readWeights } from './weights.ts';

export type ExportTrainingOnnxOptions = Pick<TrainStepOptions, 'batchSize' | 'momentum' | 'weightDecay' | 'nesterov'>;

/** Three ONNX files (opset 17, standard operators alone) that speak of the same tensors by the same names. */
export interface TrainingOnnx {
  /**
   * One training step: forward pass, loss, gradients, momentum SGD.
   * Inputs: `inputs` [batchSize, ...the model's input], channels last; `labels` [batchSize, c], the distribution that
   * each row is to have, 1 for its class and 0 for the others; `learningRate` []; each parameter; `momentum:NAME` of each
   * trained one; `mask:NAME` of each dropout, 0 with its rate and else 1 / (1 - rate).
   * Outputs: `loss` [], before the update; `logits` [batchSize, c]; `next:NAME` of each parameter and momentum, which the
   * next step takes as NAME. A loss that is not finite should end the training: its outputs are worth nothing.
   */
  readonly step: Uint8Array;
  /** The state before the first step: no inputs; outputs are the model's parameters, and momenta of zero. */
  readonly start: Uint8Array;
  /** Evaluation mode: `inputs` and each parameter (no momenta) to `logits`, and `latents`, which enter the last layer. */
  readonly predict: Uint8Array;
}

/**
 * Writes the training of a tfjs LayersModel as files that stock ONNX Runtime runs, from any language and without csx: the
 * graph that the CPU engine runs. Takes the models that `compileTrainStep` takes, and leaves the model as it is. The
 * files' metadata say how to feed them.
 *
 * @throws InvalidInputError naming the layer that is not supported, and what about it
 * @throws InvalidOptionError for options that make no step
 */
export async function exportTrainingOnnx(
  model: tf.LayersModel,
  options: ExportTrainingOnnxOptions,
): Promise<TrainingOnnx> {
  checkOptions(options);
  const graph = modelToGraph(model);
  const { batchSize } = options;
  const common = { batch_size: `${batchSize}` };
  return {
    step: trainModel(graph, options, { ...common, ...stepMetadata(graph, options) }),
    start: startModel(graph, await readWeights(model), {
      ...common,
      role: 'the state before the first step, by the names under which the training step takes it',
    }),
    predict: forwardModel(graph, undefined, batchSize, {
      ...common,
      role: 'the network in evaluation mode, for the parameters of a training',
      inputs: inputsText(graph, batchSize),
    }),
  };
}

function checkOptions({ batchSize, momentum, weightDecay, nesterov: _, ...unknown }: ExportTrainingOnnxOptions): void {
  const where = 'training export';
  for (const name of Object.keys(unknown)) throw new InvalidOptionError(`${where}: unknown option ${name}`);
  if (!Number.isSafeInteger(batchSize) || batchSize < 1)
    throw new InvalidOptionError(`${where}: batchSize is ${batchSize}, expected a whole number >= 1`);
  if (!(momentum >= 0 && momentum < 1))
    throw new InvalidOptionError(`${where}: momentum is ${momentum}, expected from 0 to below 1`);
  if (!(weightDecay >= 0 && Number.isFinite(weightDecay)))
    throw new InvalidOptionError(`${where}: weightDecay is ${weightDecay}, expected a finite number from 0`);
}

function stepMetadata(graph: ModelGraph, options: ExportTrainingOnnxOptions): Record<string, string> {
  const { batchSize, momentum, weightDecay, nesterov = false } = options;
  const [classCount] = shapeOf(graph, graph.logits);
  const masks = dropoutStreams(graph).map(
    ({ op }) => `${dropoutMaskName(op.output)}: 0 with probability ${op.rate}, else ${1 / (1 - op.rate)}`,
  );
  return {
    role: 'one training step',
    inputs: inputsText(graph, batchSize),
    labels: `[${batchSize}, ${classCount}], 1 for the class of each row, 0 for the others`,
    state: 'start from the outputs of the start model; feed each output next:NAME back as the input NAME',
    optimizer: `SGD, momentum ${momentum}, nesterov ${nesterov}, weight decay ${weightDecay} on kernels`,
    ...(masks.length > 0 && { dropout: masks.join('; ') }),
  };
}

function inputsText(graph: ModelGraph, batchSize: number): string {
  return `[${[batchSize, ...shapeOf(graph, graph.input)].join(', ')}], channels last`;
}
