import type { TrainStepOptions, Weights } from '../engine.ts';
import type { ModelGraph } from '../graph/model-graph.ts';
import { differentiate } from '../graph/train-graph.ts';
import { toOnnxLayout } from './layout.ts';
import { lowerBackward } from './lower-backward.ts';
import { type LoweringContext, lowerForward, onnxTensor } from './lower-forward.ts';
import { OnnxGraphWriter } from './onnx-writer.ts';

/** Shape of a parameter in the ONNX graph. */
export function onnxParameterShape(shape: readonly number[]): readonly number[] {
  if (shape.length !== 4) return shape;
  const [kh, kw, inputs, outputs] = shape as readonly [number, number, number, number];
  return [outputs, inputs, kh, kw];
}

/** The name of a parameter's momentum among the inputs, and of the new values among the outputs. */
export const momentumName = (parameter: string) => `momentum:${parameter}`;
export const nextName = (input: string) => `next:${input}`;

/**
 * A whole training step as one ONNX model: forward, loss, gradients, momentum SGD. Stock ONNX Runtime
 * has no training operators in its npm packages, but a gradient is only more graph. Weights and momenta
 * are inputs, their new values outputs, which the caller hands back at the next step.
 */
export function trainModel(model: ModelGraph, options: TrainStepOptions): Uint8Array {
  const writer = new OnnxGraphWriter();
  const context: LoweringContext = {
    writer,
    model,
    batchSize: options.batchSize,
    tensors: new Map(),
    trace: { batchNorm: new Map(), poolIndices: new Map(), movingStatistics: new Map() },
  };
  writer.layer('parameters');
  for (const parameter of model.parameters) {
    const shape = onnxParameterShape(parameter.shape);
    context.tensors.set(parameter.name, writer.input(parameter.name, shape));
    if (parameter.role !== 'statistic') writer.input(momentumName(parameter.name), shape);
  }
  const learningRate = writer.input('learningRate', []);
  const graph = differentiate(model);
  lowerForward(context);
  lowerBackward(context, graph);
  for (const parameter of model.parameters) {
    const shape = onnxParameterShape(parameter.shape);
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
    writer.node('Sub', [weight, writer.node('Mul', [nextMomentum, learningRate])], {}, next);
  }
  return writer.finish();
}

/** The network in evaluation mode with its weights as constants, which lets ONNX Runtime lay them out once. */
export function forwardModel(model: ModelGraph, weights: Weights, batchSize: number): Uint8Array {
  const writer = new OnnxGraphWriter();
  const context: LoweringContext = { writer, model, batchSize, tensors: new Map(), trace: undefined };
  for (const parameter of model.parameters) {
    const { values, shape } = toOnnxLayout(weights.get(parameter.name) as Float32Array, parameter.shape);
    context.tensors.set(parameter.name, writer.floats(values, shape));
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
  return writer.finish();
}
