import type { OnnxGraphWriter } from '../../onnxruntime/onnx-writer.ts';
import type { Padding, Pair } from '../graph/model-graph.ts';

type Shape4 = readonly [number, number, number, number];

/** A convolution of the graph: activations channels first, the kernel as tfjs has it. */
export interface Convolution {
  /** [kh, kw, in, out] */
  readonly kernel: string;
  /** The kernel is a constant, which ONNX Runtime lays out for its fastest Conv when it loads the graph. */
  readonly kernelIsFixed: boolean;
  /** [batch, in, height, width] */
  readonly inputShape: Shape4;
  /** [batch, out, height, width] */
  readonly outputShape: Shape4;
  readonly size: Pair;
  readonly stride: Pair;
  readonly padding: Padding;
}

/**
 * Up to this many pixels an image, all images go into one matrix product. ONNX Runtime's Conv multiplies image by
 * image: with few pixels a product of few columns, which reads all weights for each image again. At VGG19's sizes the
 * step takes a quarter less than with Conv throughout; with still more pixels the copies of the windows cost more.
 */
const fewPixels = 64;
/** Below this many input channels the windows are put side by side: products this narrow waste the vector units. */
const narrowChannels = 16;

/** The output, channels first. */
export function lowerConvolution(
  writer: OnnxGraphWriter,
  conv: Convolution,
  input: string,
  bias: string | undefined,
): string {
  if (hasFewPixels(conv.outputShape) && bias === undefined && !conv.kernelIsFixed) {
    const windows = windowMatrix(writer, kernelTaps(writer, conv, input));
    const [, outputs] = conv.outputShape;
    const kernel = writer.node('Reshape', [conv.kernel, writer.ints([-1, outputs])]);
    return imagesOfRows(writer, windows, kernel, false, conv.outputShape);
  }
  return writer.node('Conv', [input, outputsFirst(writer, conv.kernel), ...(bias === undefined ? [] : [bias])], {
    kernel_shape: conv.size,
    strides: conv.stride,
    pads: conv.padding,
  });
}

/** dx, channels first: with stride 1 a convolution of dy with the kernel turned round, else the transposed convolution. */
export function lowerInputGradient(writer: OnnxGraphWriter, conv: Convolution, dy: string): string {
  const { size, stride, padding, inputShape, outputShape } = conv;
  const [kh, kw] = size;
  const [top, left, bottom, right] = padding;
  if (stride[0] !== 1 || stride[1] !== 1) {
    const rest = [
      inputShape[2] - ((outputShape[2] - 1) * stride[0] + kh - top - bottom),
      inputShape[3] - ((outputShape[3] - 1) * stride[1] + kw - left - right),
    ];
    const attributes = { kernel_shape: size, strides: stride, pads: padding, output_padding: rest };
    return writer.node('ConvTranspose', [dy, outputsFirst(writer, conv.kernel)], attributes);
  }
  const pads = [kh - 1 - top, kw - 1 - left, kh - 1 - bottom, kw - 1 - right] as const;
  if (hasFewPixels(inputShape)) {
    // The taps of dy from last to first meet the kernel's from first to last, so that the kernel need not be turned.
    const turned = { ...conv, padding: pads, outputShape: inputShape };
    const windows = windowMatrix(writer, kernelTaps(writer, turned, dy).reverse());
    const inputsFirst = writer.node('Transpose', [conv.kernel], { perm: [2, 0, 1, 3] });
    const kernel = writer.node('Reshape', [inputsFirst, writer.ints([inputShape[1], -1])]);
    return imagesOfRows(writer, windows, kernel, true, inputShape);
  }
  const turned = kh === 1 && kw === 1 ? conv.kernel : turnedRound(writer, conv.kernel, size);
  const kernel = writer.node('Transpose', [turned], { perm: [2, 3, 0, 1] });
  return writer.node('Conv', [dy, kernel], { kernel_shape: size, strides: [1, 1], pads });
}

/**
 * dW [kh, kw, in, out] = (the input as each tap sees it)^T * dy, both channels last with all pixels of the batch as
 * rows. With many pixels one product a tap: laying the taps side by side costs more in copying (a fifth of the whole
 * step at VGG19's sizes) than the larger product gains, except for few channels.
 */
export function lowerKernelGradient(writer: OnnxGraphWriter, conv: Convolution, input: string, dy: string): string {
  const [kh, kw] = conv.size;
  const [, inputs] = conv.inputShape;
  const [batch, outputs, height, width] = conv.outputShape;
  const rowShape = writer.ints([batch * height * width, -1]);
  const dyRows = writer.node('Reshape', [channelsLast(writer, dy), rowShape]);
  const taps = kernelTaps(writer, conv, input);
  const sideBySide = hasFewPixels(conv.outputShape) || inputs < narrowChannels;
  const windows = sideBySide
    ? [windowMatrix(writer, taps)]
    : taps.map((tap) => writer.node('Reshape', [tap, rowShape]));
  const columns = (taps.length * inputs) / windows.length;
  const shape = writer.ints([kh, kw, inputs, outputs]);
  if (longerSideIsRows(columns, outputs)) {
    const products = windows.map((window) => writer.node('Gemm', [window, dyRows], { transA: 1 }));
    return writer.node('Reshape', [joined(writer, products), shape]);
  }
  const products = windows.map((window) => writer.node('Gemm', [dyRows, window], { transA: 1 }));
  const matrices = writer.node('Reshape', [joined(writer, products), writer.ints([windows.length, outputs, columns])]);
  return writer.node('Reshape', [writer.node('Transpose', [matrices], { perm: [0, 2, 1] }), shape]);
}

function hasFewPixels([, , height, width]: Shape4): boolean {
  return height * width <= fewPixels;
}

/** [out, in, kh, kw] */
function outputsFirst(writer: OnnxGraphWriter, kernel: string): string {
  return writer.node('Transpose', [kernel], { perm: [3, 2, 0, 1] });
}

/** Both axes of the taps from last to first. */
function turnedRound(writer: OnnxGraphWriter, kernel: string, [kh, kw]: Pair): string {
  const [ends, axes] = [writer.ints([-kh - 1, -kw - 1]), writer.ints([0, 1])];
  return writer.node('Slice', [kernel, writer.ints([-1, -1]), ends, axes, writer.ints([-1, -1])]);
}

/** rows * kernel (or its transpose), as images channels first. */
function imagesOfRows(
  writer: OnnxGraphWriter,
  rows: string,
  kernel: string,
  transposed: boolean,
  [batch, channels, height, width]: Shape4,
): string {
  if (longerSideIsRows(batch * height * width, channels)) {
    const product = writer.node('Gemm', [rows, kernel], { transB: transposed ? 1 : 0 });
    const images = writer.node('Reshape', [product, writer.ints([batch, height, width, channels])]);
    return writer.node('Transpose', [images], { perm: [0, 3, 1, 2] });
  }
  const product = writer.node('Gemm', [kernel, rows], { transA: transposed ? 0 : 1, transB: 1 });
  const images = writer.node('Reshape', [product, writer.ints([channels, batch, height, width])]);
  return writer.node('Transpose', [images], { perm: [1, 0, 2, 3] });
}

/**
 * ONNX Runtime shares a product's longer side out among its threads, and how it blocks the sum depends on the
 * columns that a thread gets: with more columns than rows, the bits would depend on the number of threads.
 * So a product is written with its longer side as rows. (A Transpose right behind it would be fused into it
 * and turn it round again; behind a Reshape it is not.)
 */
function longerSideIsRows(rows: number, columns: number): boolean {
  return rows >= columns;
}

/** For each tap of the kernel, row by row, the input pixels that it meets, channels last: [batch, out height, out width, in]. */
function kernelTaps(
  writer: OnnxGraphWriter,
  { size, stride, padding, outputShape }: Pick<Convolution, 'outputShape' | 'size' | 'stride' | 'padding'>,
  tensor: string,
): string[] {
  const input = channelsLast(writer, tensor);
  const [top, left, bottom, right] = padding;
  const padded = padding.every((side) => side === 0)
    ? input
    : writer.node('Pad', [input, writer.ints([0, top, left, 0, 0, bottom, right, 0])]);
  const [, , height, width] = outputShape;
  const taps: string[] = [];
  for (let i = 0; i < size[0]; i++) {
    for (let j = 0; j < size[1]; j++) {
      const end = [i + (height - 1) * stride[0] + 1, j + (width - 1) * stride[1] + 1];
      const [from, to, axes] = [writer.ints([i, j]), writer.ints(end), writer.ints([1, 2])];
      taps.push(writer.node('Slice', [padded, from, to, axes, writer.ints(stride)]));
    }
  }
  return taps;
}

/** [pixels of the batch, taps * channels] */
function windowMatrix(writer: OnnxGraphWriter, taps: readonly string[]): string {
  const windows = taps.length === 1 ? (taps[0] as string) : writer.node('Concat', taps, { axis: 3 });
  return writer.node('Flatten', [windows], { axis: 3 });
}

function joined(writer: OnnxGraphWriter, matrices: readonly string[]): string {
  return matrices.length === 1 ? (matrices[0] as string) : writer.node('Concat', matrices, { axis: 0 });
}

function channelsLast(writer: OnnxGraphWriter, tensor: string): string {
  return writer.node('Transpose', [tensor], { perm: [0, 2, 3, 1] });
}
