import { type ModelGraph, OnnxGraphWriter } from '@csx/core';
import { parameterShape } from './layouts.ts';
import { batchShape, type Gradient, type StepContext, writeForward } from './onnxruntime-step-layers.ts';

export const momentumName = (parameter: string) => `momentum:${parameter}`;
export const nextName = (input: string) => `next:${input}`;

export interface StepGraphOptions {
  readonly batchSize: number;
  readonly momentum: number;
  readonly weightDecay: number;
}

/**
 * A training step as one ONNX graph of operators that ONNX Runtime's WebGPU provider has kernels for, which the graph of
 * our CPU engine is not: no indices of maxima, no MaxUnpool. Images are channels last, as the provider wants them: the
 * transposes around a convolution or a pooling cancel those that it puts there itself. Weights and momenta are inputs,
 * their new values outputs.
 */
export function stepGraph(graph: ModelGraph, options: StepGraphOptions): Uint8Array {
  const writer = new OnnxGraphWriter();
  const { batchSize } = options;
  const context: StepContext = { writer, graph, batchSize, gradients: new Map(), statistics: new Map() };
  for (const { name, shape, role } of graph.parameters) {
    writer.input(name, parameterShape(shape));
    if (role !== 'statistic') writer.input(momentumName(name), parameterShape(shape));
  }
  writer.input('learningRate', []);
  let x = writer.input('inputs', batchShape(context, graph.input));
  const gradients: Gradient[] = [];
  // A chain of operations, since `add`, where branches would meet, is not written.
  for (const op of graph.ops) {
    writer.layer(op.layer);
    const [y, gradient] = writeForward(context, op, x);
    x = y;
    gradients.push(gradient);
  }
  let dy = writeLoss(context, x);
  for (const gradient of gradients.reverse()) dy = gradient(dy);
  writeUpdate(context, options);
  return writer.finish();
}

/** Mean cross-entropy of a softmax; returns the name of its gradient by the logits. */
function writeLoss(context: StepContext, logits: string): string {
  const { writer, graph, batchSize } = context;
  writer.layer('loss');
  const labels = writer.input('labels', batchShape(context, graph.logits));
  const shifted = writer.node('Sub', [logits, writer.node('ReduceMax', [logits], { axes: [1], keepdims: 1 })]);
  const powers = writer.node('Exp', [shifted]);
  const sum = writer.node('ReduceSum', [powers, writer.ints([1])], { keepdims: 1 });
  const logProbability = writer.node('Sub', [shifted, writer.node('Log', [sum])]);
  const all = writer.node('ReduceSum', [writer.node('Mul', [labels, logProbability]), writer.ints([0, 1])], {
    keepdims: 0,
  });
  writer.output('loss', []);
  writer.node('Mul', [all, writer.scalar(-1 / batchSize)], {}, 'loss');
  const error = writer.node('Sub', [writer.node('Div', [powers, sum]), labels]);
  return writer.node('Mul', [error, writer.scalar(1 / batchSize)]);
}

/** Momentum SGD, and the running statistics of batch norm. */
function writeUpdate(context: StepContext, { momentum, weightDecay }: StepGraphOptions): void {
  const { writer, graph, gradients, statistics } = context;
  writer.layer('update');
  const scaled = (value: string, factor: number) => writer.node('Mul', [value, writer.scalar(factor)]);
  for (const { name, shape, role } of graph.parameters) {
    const next = writer.output(nextName(name), parameterShape(shape));
    const statistic = statistics.get(name);
    if (statistic !== undefined) {
      const kept = scaled(name, statistic.momentum);
      writer.node('Add', [kept, scaled(statistic.ofBatch, 1 - statistic.momentum)], {}, next);
      continue;
    }
    const gradient = gradients.get(name) as string;
    const decayed = role === 'kernel' ? writer.node('Add', [gradient, scaled(name, weightDecay)]) : gradient;
    const nextMomentum = writer.output(nextName(momentumName(name)), parameterShape(shape));
    writer.node('Add', [scaled(momentumName(name), momentum), decayed], {}, nextMomentum);
    writer.node('Sub', [name, writer.node('Mul', [nextMomentum, 'learningRate'])], {}, next);
  }
}
