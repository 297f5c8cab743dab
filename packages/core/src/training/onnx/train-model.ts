import { OnnxGraphWriter } from '../../onnxruntime/onnx-writer.ts';
import type { TrainStepOptions, Weights } from '../engine.ts';
import type { ModelGraph } from '../graph/model-graph.ts';
import { differentiate } from '../graph/train-graph.ts';
import { lowerBackward } from './lower-backward.ts';
import { type LoweringContext, lowerForward, onnxTensor } from './lower-forward.ts';

/** The name of a parameter's momentum among the inputs, and of the new values among the outputs. */
export const momentumName = (parameter: string) => `momentum:${parameter}`;
export const nextName = (input: string) => `next:${input}`;

/**
 * A whole training step as one ONNX model: forward, loss, gradients, momentum SGD. Stock ONNX Runtime
 * has no training operators in its npm packages, but a gradient is only more graph. Weights and momenta
 * are inputs, their new values outputs, which the caller hands back at the next step.
 */
export function trainModel(
  model: ModelGraph,
  options: TrainStepOptions,
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array {
  const writer = new OnnxGraphWriter();
  const context: LoweringContext = {
    writer,
    model,
    batchSize: options.batchSize,
    weightsAreFixed: false,
    tensors: new Map(),
    trace: {
      batchNorm: new Map(),
      poolIndices: new Map(),
      movingStatistics: new Map(),
      latentBatchSize: options.latentBatchSize ?? 0,
      joinedInputs: new Map(),
    },
  };
  writer.layer('parameters');
  for (const parameter of model.parameters) {
    const shape = parameter.shape;
    context.tensors.set(parameter.name, writer.input(parameter.name, shape));
    if (parameter.role !== 'statistic') writer.input(momentumName(parameter.name), shape);
  }
  const learningRate = writer.input('learningRate', []);
  const graph = differentiate(model);
  lowerForward(context);
  lowerBackward(context, graph, options);
  for (const parameter of model.parameters) {
    const shape = parameter.shape;
    const next = writer.output(nextName(parameter.name), shape);
    writer.layer(`update/${parameter.name}`);
    if (parameter.role === 'statistic') {
      writer.node('Identity', [context.trace?.movingStatistics.get(parameter.name) ?? parameter.name], {}, next);
      continue;
    }
    const gradient = onnxTensor(context, graph.gradients.get(parameter.name) ?? `d_${parameter.name}`);
    const weight = onnxTensor(context, parameter.name);
    const decayed =
      parameter.role === 'kernel' && options.weightDecay > 0
        ? writer.node('Add', [gradient, writer.node('Mul', [weight, writer.scalar(options.weightDecay)])])
        : gradient;
    const momentum = momentumName(parameter.name);
    const nextMomentum = writer.output(nextName(momentum), shape);
    writer.node('Add', [writer.node('Mul', [momentum, writer.scalar(options.momentum)]), decayed], {}, nextMomentum);
    const direction = options.nesterov
      ? writer.node('Add', [decayed, writer.node('Mul', [nextMomentum, writer.scalar(options.momentum)])])
      : nextMomentum;
    writer.node('Sub', [weight, writer.node('Mul', [direction, learningRate])], {}, next);
  }
  return writer.finish(metadata);
}

/**
 * The network in evaluation mode.
 * @param weights become constants, which lets ONNX Runtime lay them out once; inputs of their own names when left out
 */
export function forwardModel(
  model: ModelGraph,
  weights: Weights | undefined,
  batchSize: number,
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array {
  const writer = new OnnxGraphWriter();
  const context: LoweringContext = {
    writer,
    model,
    batchSize,
    weightsAreFixed: weights !== undefined,
    tensors: new Map(),
    trace: undefined,
  };
  for (const parameter of model.parameters) {
    if (weights === undefined) {
      context.tensors.set(parameter.name, writer.input(parameter.name, parameter.shape));
      continue;
    }
    const values = weights.get(parameter.name) as Float32Array;
    context.tensors.set(parameter.name, writer.floats(values, parameter.shape));
  }
  lowerForward(context);
  for (const [name, tensor] of [
    ['latents', model.latent],
    ['logits', model.logits],
  ] as const) {
    writer.layer('output');
    writer.output(name, [batchSize, ...(model.shapes.get(tensor) as readonly number[])]);
    writer.node('Identity', [onnxTensor(context, tensor)], {}, name);
  }
  return writer.finish(metadata);
}
