import type { ForwardOp, ModelGraph, OnnxGraphWriter } from '@csx/core';
import { PeerFailure } from '../worker/peer-failure.ts';
import { writeFilterGradient } from './onnxruntime-filter-gradient.ts';

/** What the layers of a step's graph share while it is written. */
export interface StepContext {
  readonly writer: OnnxGraphWriter;
  readonly graph: ModelGraph;
  readonly batchSize: number;
  /** Parameter -> name of its gradient. */
  readonly gradients: Map<string, string>;
  /** Running statistic -> name of that of the batch, and how much of the running one is kept. */
  readonly statistics: Map<string, { readonly ofBatch: string; readonly momentum: number }>;
}

/** Writes the gradients of one operation, given the name of that by its output; returns the name of that by its input. */
export type Gradient = (outputGradient: string) => string;

type Op<Kind extends ForwardOp['kind']> = ForwardOp & { readonly kind: Kind };
/** [batch, height, width, channels] */
type Images = readonly [number, number, number, number];

/** Shape of a tensor, the batch in front; images are channels last. */
export function batchShape({ graph, batchSize }: StepContext, tensor: string): readonly number[] {
  return [batchSize, ...(graph.shapes.get(tensor) as readonly number[])];
}

/** Writes one operation: the name of its output, and what writes its gradients. */
export function writeForward(context: StepContext, op: ForwardOp, x: string): readonly [string, Gradient] {
  const { writer } = context;
  const shape = batchShape(context, op.input);
  switch (op.kind) {
    case 'conv2d':
      return writeConvolution(context, op, x);
    case 'batchNorm':
      return writeBatchNorm(context, op, x);
    case 'relu': {
      const y = writer.node('Relu', [x]);
      return [y, (dy) => orZero(writer, writer.node('Greater', [y, writer.scalar(0)]), dy)];
    }
    case 'maxPool':
      return writeMaxPool(context, op, x);
    case 'globalAveragePool': {
      const [batch, height, width, channels] = shape as Images;
      const share = (dy: string) => writer.node('Mul', [dy, writer.scalar(1 / (height * width))]);
      const pixels = (dy: string) => writer.node('Reshape', [share(dy), writer.ints([batch, 1, 1, channels])]);
      return [
        writer.node('ReduceMean', [x], { axes: [1, 2], keepdims: 0 }),
        (dy) => writer.node('Expand', [pixels(dy), writer.ints(shape)]),
      ];
    }
    case 'flatten':
      return [
        writer.node('Reshape', [x, writer.ints(batchShape(context, op.output))]),
        (dy) => writer.node('Reshape', [dy, writer.ints(shape)]),
      ];
    case 'dense':
      return writeDense(context, op, x);
    default:
      throw new PeerFailure('unsupported', `${op.kind} is not written for ONNX Runtime`);
  }
}

function writeConvolution(context: StepContext, op: Op<'conv2d'>, x: string): readonly [string, Gradient] {
  const { writer, graph, gradients } = context;
  const { kernel, bias, size, stride, padding } = op;
  const [kh, kw] = size;
  const [top, left, bottom, right] = padding;
  if (bias !== undefined || stride.some((step) => step !== 1)) {
    throw new PeerFailure('unsupported', 'a convolution with a bias or a stride is not written for ONNX Runtime');
  }
  const convolve = (images: string, filter: string, pads: readonly number[]) =>
    channelsLast(writer, writer.node('Conv', [channelsFirst(writer, images), filter], { kernel_shape: size, pads }));
  const [batch, height, width, outputs] = batchShape(context, op.output) as Images;
  const inputs = batchShape(context, op.input)[3];
  const gradient: Gradient = (dy) => {
    const rows = writer.node('Reshape', [dy, writer.ints([batch * height * width, outputs])]);
    const shape = { batch, outSize: [height, width], inChannels: inputs, kernel: size, padding } as const;
    const product = writeFilterGradient(writer, x, rows, shape);
    const taps = writer.node('Reshape', [product, writer.ints([kh, kw, inputs, outputs])]);
    gradients.set(kernel, writer.node('Transpose', [taps], { perm: [3, 2, 0, 1] }));
    // Nothing reads the gradient by the images.
    if (op.input === graph.input) return dy;
    const backwards = [
      [-1, -1],
      [-kh - 1, -kw - 1],
      [2, 3],
      [-1, -1],
    ].map((values) => writer.ints(values));
    const turned = writer.node('Slice', [kernel, ...backwards]);
    const filter = writer.node('Transpose', [turned], { perm: [1, 0, 2, 3] });
    return convolve(dy, filter, [kh - 1 - top, kw - 1 - left, kh - 1 - bottom, kw - 1 - right]);
  };
  return [convolve(x, kernel, padding), gradient];
}

/** With m rows a channel: dx = gamma / deviation * (dy - sum(dy) / m - normalized * sum(dy * normalized) / m). */
function writeBatchNorm(context: StepContext, op: Op<'batchNorm'>, x: string): readonly [string, Gradient] {
  const { writer, gradients, statistics } = context;
  const { gamma, beta, movingMean, movingVariance, epsilon, momentum } = op;
  const shape = batchShape(context, op.input);
  const rowCount = shape.slice(0, -1).reduce((product, length) => product * length, 1);
  const meanOfRows = (name: string) => {
    // Over each image, then over the batch: a reduction of all but the last axis would transpose the images first.
    const ofImages = writer.node('GlobalAveragePool', [channelsFirst(writer, name)]);
    const rows = writer.node('Reshape', [ofImages, writer.ints([shape[0], shape[3]])]);
    return writer.node('ReduceMean', [rows], { axes: [0], keepdims: 0 });
  };
  const mean = meanOfRows(x);
  const centered = writer.node('Sub', [x, mean]);
  const variance = meanOfRows(writer.node('Mul', [centered, centered]));
  const deviation = writer.node('Sqrt', [writer.node('Add', [variance, writer.scalar(epsilon)])]);
  const normalized = writer.node('Div', [centered, deviation]);
  statistics.set(movingMean, { ofBatch: mean, momentum });
  statistics.set(movingVariance, { ofBatch: variance, momentum });
  const gradient: Gradient = (dy) => {
    const meanGradient = meanOfRows(dy);
    const meanAlong = meanOfRows(writer.node('Mul', [dy, normalized]));
    const sum = (value: string) => writer.node('Mul', [value, writer.scalar(rowCount)]);
    gradients.set(beta, sum(meanGradient));
    gradients.set(gamma, sum(meanAlong));
    const along = writer.node('Mul', [normalized, meanAlong]);
    const rest = writer.node('Sub', [writer.node('Sub', [dy, meanGradient]), along]);
    return writer.node('Mul', [rest, writer.node('Div', [gamma, deviation])]);
  };
  return [writer.node('Add', [writer.node('Mul', [normalized, gamma]), beta]), gradient];
}

function writeMaxPool(context: StepContext, op: Op<'maxPool' | 'averagePool'>, x: string): readonly [string, Gradient] {
  const { writer } = context;
  const [batch, height, width, channels] = batchShape(context, op.input) as Images;
  const [h, w] = op.size;
  const window = { kernel_shape: op.size, strides: op.size };
  const y = channelsLast(writer, writer.node('MaxPool', [channelsFirst(writer, x)], window));
  const reshape = (name: string, shape: readonly number[]) => writer.node('Reshape', [name, writer.ints(shape)]);
  const spread = (name: string) => reshape(name, [batch, height / h, 1, width / w, 1, channels]);
  return [
    y,
    (dy) => {
      // Behind a ReLU, equal maxima are zeros, whose gradient it drops.
      const windows = reshape(x, [batch, height / h, h, width / w, w, channels]);
      const isMaximum = writer.node('Equal', [windows, spread(y)]);
      return reshape(orZero(writer, isMaximum, spread(dy)), [batch, height, width, channels]);
    },
  ];
}

function writeDense(context: StepContext, op: Op<'dense'>, x: string): readonly [string, Gradient] {
  const { writer, graph, gradients } = context;
  const { kernel, bias } = op;
  const gradient: Gradient = (dy) => {
    gradients.set(kernel, writer.node('Gemm', [x, dy], { transA: 1 }));
    if (bias !== undefined) {
      gradients.set(bias, writer.node('ReduceSum', [dy, writer.ints([0])], { keepdims: 0 }));
    }
    return op.input === graph.input ? dy : writer.node('Gemm', [dy, kernel], { transB: 1 });
  };
  return [writer.node('Gemm', [x, kernel, ...(bias === undefined ? [] : [bias])]), gradient];
}

const orZero = (writer: OnnxGraphWriter, condition: string, value: string) =>
  writer.node('Where', [condition, value, writer.scalar(0)]);
const channelsFirst = (writer: OnnxGraphWriter, images: string) =>
  writer.node('Transpose', [images], { perm: [0, 3, 1, 2] });
const channelsLast = (writer: OnnxGraphWriter, images: string) =>
  writer.node('Transpose', [images], { perm: [0, 2, 3, 1] });
