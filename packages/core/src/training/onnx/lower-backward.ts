import { InvariantError } from '@csx/wgsl-kernels';
import { type BatchNormOp, type Conv2dOp, elementCount, type PoolOp, shapeOf } from '../graph/model-graph.ts';
import type { BackwardOp, TrainGraph } from '../graph/train-graph.ts';
import { channelsLast, kernelTaps, longerSideIsRows, lowerConvolution } from './lower-conv.ts';
import {
  type ForwardTrace,
  type LoweringContext,
  lowererShape,
  onnxTensor,
  perChannel,
  statisticAxes,
} from './lower-forward.ts';

import type { OnnxGraphWriter } from './onnx-writer.ts';

type Shape4 = readonly [number, number, number, number];

/** Writes the loss, its outputs `loss` and `logits`, and all gradients. `labels` is [batch, c] one-hot. */
export function lowerBackward(context: LoweringContext, graph: TrainGraph): void {
  for (const op of graph.backward) lowerOp(context, op);
}

function lowerOp(context: LoweringContext, op: BackwardOp): void {
  const { writer, tensors } = context;
  if (op.kind === 'softmaxCrossEntropyGradient') {
    lowerLoss(context, op.logits, op.inputGradient);
    return;
  }
  if (op.kind === 'sumGradients') {
    tensors.set(
      op.sum,
      writer.node(
        'Add',
        op.terms.map((term) => onnxTensor(context, term)),
      ),
    );
    return;
  }
  writer.layer(`${op.forward.layer}/gradient`);
  const dy = onnxTensor(context, op.outputGradient);
  switch (op.kind) {
    case 'conv2dInputGradient':
      tensors.set(op.inputGradient, convInputGradient(context, op.forward, dy));
      return;
    case 'conv2dKernelGradient':
      tensors.set(op.kernelGradient, convKernelGradient(context, op.forward, dy));
      return;
    case 'conv2dBiasGradient':
      tensors.set(op.biasGradient, writer.node('ReduceSum', [dy, writer.ints([0, 2, 3])], { keepdims: 0 }));
      return;
    case 'batchNormGradient': {
      const gradients = batchNormGradient(context, op.forward, dy);
      tensors.set(op.inputGradient, gradients.input);
      tensors.set(op.gammaGradient, gradients.gamma);
      tensors.set(op.betaGradient, gradients.beta);
      return;
    }
    case 'reluGradient': {
      const positive = writer.node('Greater', [onnxTensor(context, op.forward.output), writer.scalar(0)]);
      tensors.set(op.inputGradient, writer.node('Mul', [dy, writer.node('Cast', [positive], { to: 1 })]));
      return;
    }
    case 'poolGradient':
      tensors.set(op.inputGradient, poolGradient(context, op.forward, dy));
      return;
    case 'globalAveragePoolGradient': {
      const [, , height, width] = lowererShape(context, op.forward.input) as [number, number, number, number];
      const scaled = writer.node('Mul', [dy, writer.scalar(1 / (height * width))]);
      const pixels = writer.node('Reshape', [scaled, writer.ints([context.batchSize, -1, 1, 1])]);
      tensors.set(
        op.inputGradient,
        writer.node('Expand', [pixels, writer.ints(lowererShape(context, op.forward.input))]),
      );
      return;
    }
    case 'flattenGradient': {
      const shape = shapeOf(context.model, op.forward.input);
      const channelsLast = writer.node('Reshape', [dy, writer.ints([context.batchSize, ...shape])]);
      tensors.set(
        op.inputGradient,
        shape.length === 3 ? writer.node('Transpose', [channelsLast], { perm: [0, 3, 1, 2] }) : channelsLast,
      );
      return;
    }
    case 'denseInputGradient':
      tensors.set(op.inputGradient, writer.node('Gemm', [dy, onnxTensor(context, op.forward.kernel)], { transB: 1 }));
      return;
    case 'denseKernelGradient':
      tensors.set(op.kernelGradient, writer.node('Gemm', [onnxTensor(context, op.forward.input), dy], { transA: 1 }));
      return;
    case 'denseBiasGradient':
      tensors.set(op.biasGradient, writer.node('ReduceSum', [dy, writer.ints([0])], { keepdims: 0 }));
  }
}

/** Mean cross-entropy through LogSoftmax, which stays finite for any logits; gradient (softmax - y) / batch. */
function lowerLoss(context: LoweringContext, logitsName: string, gradientName: string): void {
  const { writer, batchSize, tensors, model } = context;
  writer.layer('loss');
  const [classCount] = shapeOf(model, logitsName) as [number];
  const labels = writer.input('labels', [batchSize, classCount]);
  const logits = onnxTensor(context, logitsName);
  writer.output('logits', [batchSize, classCount]);
  writer.node('Identity', [logits], {}, 'logits');
  const logProbability = writer.node('LogSoftmax', [logits], { axis: 1 });
  const own = writer.node('ReduceSum', [writer.node('Mul', [labels, logProbability]), writer.ints([1])], {
    keepdims: 0,
  });
  writer.output('loss', []);
  writer.node('Neg', [writer.node('ReduceMean', [own], { keepdims: 0 })], {}, 'loss');
  const error = writer.node('Sub', [writer.node('Softmax', [logits], { axis: 1 }), labels]);
  tensors.set(gradientName, writer.node('Mul', [error, writer.scalar(1 / batchSize)]));
}

/** dx: with stride 1 a convolution of dy with the kernel turned round and its channels exchanged; else the transposed convolution. */
function convInputGradient(context: LoweringContext, op: Conv2dOp, dy: string): string {
  const { writer } = context;
  const kernel = onnxTensor(context, op.kernel);
  const [kh, kw] = op.size;
  const [top, left, bottom, right] = op.padding;
  if (op.stride[0] === 1 && op.stride[1] === 1) {
    const exchanged = writer.node('Transpose', [kernel], { perm: [1, 0, 2, 3] });
    const turned =
      kh === 1 && kw === 1
        ? exchanged
        : writer.node('Slice', [
            exchanged,
            writer.ints([-1, -1]),
            writer.ints([-kh - 1, -kw - 1]),
            writer.ints([2, 3]),
            writer.ints([-1, -1]),
          ]);
    const pads = [kh - 1 - top, kw - 1 - left, kh - 1 - bottom, kw - 1 - right] as const;
    return lowerConvolution(writer, {
      input: dy,
      kernel: turned,
      bias: undefined,
      inputShape: lowererShape(context, op.output) as Shape4,
      outputShape: lowererShape(context, op.input) as Shape4,
      size: op.size,
      stride: [1, 1],
      padding: pads,
    });
  }
  const [, , height, width] = lowererShape(context, op.input) as [number, number, number, number];
  const [, , outHeight, outWidth] = lowererShape(context, op.output) as [number, number, number, number];
  const rest = [
    height - ((outHeight - 1) * op.stride[0] + kh - top - bottom),
    width - ((outWidth - 1) * op.stride[1] + kw - left - right),
  ];
  return writer.node('ConvTranspose', [dy, kernel], {
    kernel_shape: op.size,
    strides: op.stride,
    pads: op.padding,
    output_padding: rest,
  });
}

/** Below this many input channels the windows are put side by side: products this narrow waste the vector units. */
const narrowChannels = 16;

/**
 * dW[tap] = dy^T * (the input as the tap sees it), both channels last with all pixels of the batch as rows:
 * one matrix product a tap. Laying the taps side by side for a single product costs more in copying
 * (a fifth of the whole step at VGG19's sizes) than the larger product gains, except for few channels.
 */
function convKernelGradient(context: LoweringContext, op: Conv2dOp, dy: string): string {
  const { writer, batchSize } = context;
  const [kh, kw] = op.size;
  const [, inputs] = lowererShape(context, op.input) as [number, number, number, number];
  const outputShape = lowererShape(context, op.output) as Shape4;
  const [, outputs, outHeight, outWidth] = outputShape;
  const rows = batchSize * outHeight * outWidth;
  const taps = kernelTaps(writer, { ...op, input: onnxTensor(context, op.input), outputShape });
  const dyRows = writer.node('Reshape', [channelsLast(writer, dy), writer.ints([rows, outputs])]);
  const sideBySide = taps.length > 1 && inputs < narrowChannels ? [writer.node('Concat', taps, { axis: 3 })] : taps;
  const columns = (taps.length * inputs) / sideBySide.length;
  const windows = sideBySide.map((input) => writer.node('Reshape', [input, writer.ints([rows, columns])]));
  if (longerSideIsRows(outputs, columns)) {
    const products = windows.map((window) => writer.node('Gemm', [dyRows, window], { transA: 1 }));
    const shaped = writer.node('Reshape', [joined(writer, products, 1), writer.ints([outputs, kh, kw, inputs])]);
    return writer.node('Transpose', [shaped], { perm: [0, 3, 1, 2] });
  }
  const products = windows.map((window) => writer.node('Gemm', [window, dyRows], { transA: 1 }));
  const shaped = writer.node('Reshape', [joined(writer, products, 0), writer.ints([kh, kw, inputs, outputs])]);
  return writer.node('Transpose', [shaped], { perm: [3, 2, 0, 1] });
}

function joined(writer: OnnxGraphWriter, tensors: readonly string[], axis: number): string {
  return tensors.length === 1 ? (tensors[0] as string) : writer.node('Concat', tensors, { axis });
}

/** With m rows a channel: dx = gamma / deviation * (dy - sum(dy) / m - normalized * sum(dy * normalized) / m). */
function batchNormGradient(
  context: LoweringContext,
  op: BatchNormOp,
  dy: string,
): { input: string; gamma: string; beta: string } {
  const { writer, model, batchSize } = context;
  const shape = shapeOf(model, op.input);
  const traced = (context.trace as ForwardTrace).batchNorm.get(op.output);
  if (traced === undefined) throw new InvariantError(`onnx: batch norm ${op.layer} has no forward trace`);
  const axes = writer.ints(statisticAxes(shape));
  const channels = shape[shape.length - 1] as number;
  const rows = (batchSize * elementCount(shape)) / channels;
  const beta = writer.node('ReduceSum', [dy, axes], { keepdims: 1 });
  const gamma = writer.node('ReduceSum', [writer.node('Mul', [dy, traced.normalized]), axes], { keepdims: 1 });
  const meanOf = (sum: string) => writer.node('Mul', [sum, writer.scalar(1 / rows)]);
  const without = writer.node('Sub', [dy, meanOf(beta)]);
  const along = writer.node('Mul', [traced.normalized, meanOf(gamma)]);
  const scale = writer.node('Mul', [
    perChannel(context, onnxTensor(context, op.gamma), shape),
    traced.inverseDeviation,
  ]);
  const flat = writer.ints([-1]);
  return {
    input: writer.node('Mul', [writer.node('Sub', [without, along]), scale]),
    gamma: writer.node('Reshape', [gamma, flat]),
    beta: writer.node('Reshape', [beta, flat]),
  };
}

function poolGradient(context: LoweringContext, op: PoolOp, dy: string): string {
  const { writer } = context;
  const shape = lowererShape(context, op.input) as [number, number, number, number];
  if (op.kind === 'maxPool') {
    const indices = (context.trace as ForwardTrace).poolIndices.get(op.output);
    if (indices === undefined) throw new InvariantError(`onnx: max pool ${op.layer} has no forward trace`);
    return writer.node('MaxUnpool', [dy, indices, writer.ints(shape)], { kernel_shape: op.size, strides: op.size });
  }
  const [kh, kw] = op.size;
  const [batch, channels, height, width] = shape;
  const scaled = writer.node('Mul', [dy, writer.scalar(1 / (kh * kw))]);
  const spread = writer.node('Reshape', [scaled, writer.ints([batch, channels, height / kh, 1, width / kw, 1])]);
  const repeated = writer.node('Expand', [spread, writer.ints([batch, channels, height / kh, kh, width / kw, kw])]);
  return writer.node('Reshape', [repeated, writer.ints(shape)]);
}
