import { InvariantError } from '@csx/wgsl-kernels';
import type { OnnxGraphWriter } from '../../onnxruntime/onnx-writer.ts';
import { dropoutMaskName } from '../dropouts.ts';
import {
  type BatchNormOp,
  type Conv2dOp,
  type DenseOp,
  type DropoutOp,
  elementCount,
  type ForwardOp,
  type ModelGraph,
  type PoolOp,
  shapeOf,
} from '../graph/model-graph.ts';
import { onnxActivationShape } from './layout.ts';
import { type Convolution, lowerConvolution } from './lower-conv.ts';
import { type Pooling, poolAttributes } from './lower-pool.ts';

/** What the forward half leaves for the backward half. */
export interface ForwardTrace {
  /** batchNorm output -> names of what its gradient reads again. */
  readonly batchNorm: Map<string, { readonly normalized: string; readonly inverseDeviation: string }>;
  /** maxPool output -> the positions of its maxima. */
  readonly poolIndices: Map<string, string>;
  /** Running statistic -> its value after this batch. */
  readonly movingStatistics: Map<string, string>;
  /** Given latents that enter the last dense layer behind those of the images; 0: none. */
  readonly latentBatchSize: number;
  /** Dense output -> the input of its layer with the given latents behind it, where there are any. */
  readonly joinedInputs: Map<string, string>;
}

export interface LoweringContext {
  readonly writer: OnnxGraphWriter;
  readonly model: ModelGraph;
  readonly batchSize: number;
  /** The weights are constants of the graph. */
  readonly weightsAreFixed: boolean;
  /** Graph tensor or parameter -> ONNX tensor. */
  readonly tensors: Map<string, string>;
  /** Batch statistics and a trace for the gradients, or running statistics. */
  readonly trace: ForwardTrace | undefined;
}

export function onnxTensor(context: LoweringContext, name: string): string {
  const tensor = context.tensors.get(name);
  if (tensor === undefined) throw new InvariantError(`onnx: tensor ${name} is used before it is made`);
  return tensor;
}

/** Writes the network's input (channels last, as the caller holds it) and all its forward operations. */
export function lowerForward(context: LoweringContext): void {
  const { writer, model, batchSize, tensors } = context;
  const shape = shapeOf(model, model.input);
  writer.layer('input');
  const input = writer.input('inputs', [batchSize, ...shape]);
  tensors.set(model.input, shape.length === 3 ? writer.node('Transpose', [input], { perm: [0, 3, 1, 2] }) : input);
  for (const op of model.ops) {
    writer.layer(op.layer);
    tensors.set(op.output, lowerOp(context, op));
  }
}

function lowerOp(context: LoweringContext, op: ForwardOp): string {
  const { writer, model, batchSize } = context;
  const x = onnxTensor(context, op.input);
  switch (op.kind) {
    case 'conv2d':
      return lowerConvolution(
        writer,
        convolutionOf(context, op),
        x,
        op.bias === undefined ? undefined : onnxTensor(context, op.bias),
      );
    case 'batchNorm':
      return context.trace === undefined
        ? lowerBatchNormEvaluation(context, op, x)
        : lowerBatchNormTraining(context, op, x);
    case 'relu':
      return writer.node('Relu', [x]);
    case 'maxPool': {
      const window = poolAttributes(op);
      if (context.trace === undefined) return writer.node('MaxPool', [x], window);
      const [pooled, indices] = writer.nodes('MaxPool', [x], window, [writer.temporary(), writer.temporary()]) as [
        string,
        string,
      ];
      context.trace.poolIndices.set(op.output, indices);
      return pooled;
    }
    case 'averagePool':
      return writer.node('AveragePool', [x], poolAttributes(op));
    case 'globalAveragePool':
      return writer.node('ReduceMean', [x], { axes: [2, 3], keepdims: 0 });
    case 'flatten': {
      const shape = shapeOf(model, op.input);
      const flat = writer.ints([batchSize, elementCount(shape)]);
      // tfjs flattens channels last.
      const onePixel = shape.length !== 3 || (shape[0] === 1 && shape[1] === 1);
      return writer.node('Reshape', [onePixel ? x : writer.node('Transpose', [x], { perm: [0, 2, 3, 1] }), flat]);
    }
    case 'dense':
      return writer.node('Gemm', [
        joinLatents(context, op, x),
        onnxTensor(context, op.kernel),
        ...(op.bias === undefined ? [] : [onnxTensor(context, op.bias)]),
      ]);
    case 'dropout':
      return context.trace === undefined ? x : writer.node('Mul', [x, lowerDropoutMask(context, op)]);
    case 'add':
      return writer.node('Add', [x, onnxTensor(context, op.other)]);
  }
}

/** The mask is an input, made on the CPU, since ONNX's own random numbers depend on the runtime. */
function lowerDropoutMask(context: LoweringContext, { output }: DropoutOp): string {
  const { writer, model, batchSize, tensors } = context;
  const shape = shapeOf(model, output);
  const input = writer.input(dropoutMaskName(output), [batchSize, ...shape]);
  const mask = shape.length === 3 ? writer.node('Transpose', [input], { perm: [0, 3, 1, 2] }) : input;
  tensors.set(dropoutMaskName(output), mask);
  return mask;
}

/** The input of a dense layer: of the last one with the given latents as further rows. */
function joinLatents(context: LoweringContext, op: DenseOp, x: string): string {
  const { writer, model, trace } = context;
  if (trace === undefined || trace.latentBatchSize === 0 || op.output !== model.logits) return x;
  const latents = writer.input('latents', [trace.latentBatchSize, ...shapeOf(model, model.latent)]);
  const joined = writer.node('Concat', [x, latents], { axis: 0 });
  trace.joinedInputs.set(op.output, joined);
  return joined;
}

/** What the lowering of a convolution and of its gradients needs to know. */
export function convolutionOf(context: LoweringContext, op: Conv2dOp): Convolution {
  return {
    ...op,
    kernel: onnxTensor(context, op.kernel),
    kernelIsFixed: context.weightsAreFixed,
    inputShape: lowererShape(context, op.input) as Convolution['inputShape'],
    outputShape: lowererShape(context, op.output) as Convolution['outputShape'],
  };
}

/** What the lowering of a pooling's gradient needs to know. */
export function poolingOf(context: LoweringContext, op: PoolOp): Pooling {
  return {
    ...op,
    inputShape: lowererShape(context, op.input) as Pooling['inputShape'],
    outputShape: lowererShape(context, op.output) as Pooling['outputShape'],
  };
}

/** Channel vectors become [1, c, 1, 1], to broadcast over channels-first activations. */
export function perChannel(context: LoweringContext, vector: string, tensorShape: readonly number[]): string {
  if (tensorShape.length !== 3) return vector;
  return context.writer.node('Reshape', [vector, context.writer.ints([1, -1, 1, 1])]);
}

/** The axes over which batch norm takes its statistics. */
export function statisticAxes(tensorShape: readonly number[]): readonly number[] {
  return tensorShape.length === 3 ? [0, 2, 3] : [0];
}

function lowerBatchNormEvaluation(context: LoweringContext, op: BatchNormOp, x: string): string {
  const vectors = [op.gamma, op.beta, op.movingMean, op.movingVariance].map((name) => onnxTensor(context, name));
  return context.writer.node('BatchNormalization', [x, ...vectors], { epsilon: { float: op.epsilon } });
}

function lowerBatchNormTraining(context: LoweringContext, op: BatchNormOp, x: string): string {
  const { writer, model } = context;
  const trace = context.trace as ForwardTrace;
  const shape = shapeOf(model, op.input);
  const reduce = { axes: statisticAxes(shape), keepdims: 1 };
  const mean = writer.node('ReduceMean', [x], reduce);
  const centered = writer.node('Sub', [x, mean]);
  // Of the centred values: E[x^2] - E[x]^2 would cancel.
  const variance = writer.node('ReduceMean', [writer.node('Mul', [centered, centered])], reduce);
  const deviation = writer.node('Sqrt', [writer.node('Add', [variance, writer.scalar(op.epsilon)])]);
  const inverseDeviation = writer.node('Reciprocal', [deviation]);
  const normalized = writer.node('Mul', [centered, inverseDeviation]);
  trace.batchNorm.set(op.output, { normalized, inverseDeviation });
  trace.movingStatistics.set(op.movingMean, movingAverage(context, op, op.movingMean, mean));
  trace.movingStatistics.set(op.movingVariance, movingAverage(context, op, op.movingVariance, variance));
  const scaled = writer.node('Mul', [normalized, perChannel(context, onnxTensor(context, op.gamma), shape)]);
  return writer.node('Add', [scaled, perChannel(context, onnxTensor(context, op.beta), shape)]);
}

function movingAverage(context: LoweringContext, op: BatchNormOp, name: string, batchValue: string): string {
  const { writer } = context;
  const flat = writer.node('Reshape', [batchValue, writer.ints([-1])]);
  const kept = writer.node('Mul', [onnxTensor(context, name), writer.scalar(op.momentum)]);
  return writer.node('Add', [kept, writer.node('Mul', [flat, writer.scalar(1 - op.momentum)])]);
}

/** Declares the activations' shapes of a tensor in ONNX order. */
export function lowererShape(context: LoweringContext, tensor: string): readonly number[] {
  return onnxActivationShape(context.batchSize, shapeOf(context.model, tensor));
}
