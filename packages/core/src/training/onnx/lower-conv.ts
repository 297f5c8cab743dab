import type { Padding, Pair } from '../graph/model-graph.ts';
import type { OnnxGraphWriter } from './onnx-writer.ts';

export interface Convolution {
  /** [batch, in, height, width] */
  readonly input: string;
  /** [out, in, kh, kw] */
  readonly kernel: string;
  readonly bias: string | undefined;
  readonly inputShape: readonly [number, number, number, number];
  readonly outputShape: readonly [number, number, number, number];
  readonly size: Pair;
  readonly stride: Pair;
  readonly padding: Padding;
}

/**
 * Up to this many output pixels an image, all images go into one matrix product. ONNX Runtime's Conv
 * multiplies image by image: with 2 x 2 pixels a product of 4 columns, which reads all weights for each
 * image again (a quarter of the speed at VGG19's last block).
 */
const fewPixels = 4;

/** A convolution, channels first, in the form that is quicker for its size. */
export function lowerConvolution(writer: OnnxGraphWriter, conv: Convolution): string {
  const [batch, outputs, height, width] = conv.outputShape;
  if (height * width > fewPixels || conv.bias !== undefined) {
    const bias = conv.bias === undefined ? [] : [conv.bias];
    return writer.node('Conv', [conv.input, conv.kernel, ...bias], {
      kernel_shape: conv.size,
      strides: conv.stride,
      pads: conv.padding,
    });
  }
  const windowLength = conv.size[0] * conv.size[1] * conv.inputShape[1];
  const windows = writer.node('Concat', kernelTaps(writer, conv), { axis: 3 });
  const rows = writer.node('Reshape', [windows, writer.ints([batch * height * width, windowLength])]);
  const kernel = writer.node('Reshape', [
    writer.node('Transpose', [conv.kernel], { perm: [2, 3, 1, 0] }),
    writer.ints([windowLength, outputs]),
  ]);
  if (longerSideIsRows(batch * height * width, outputs)) {
    const product = writer.node('Reshape', [
      writer.node('Gemm', [rows, kernel]),
      writer.ints([batch, height, width, outputs]),
    ]);
    return writer.node('Transpose', [product], { perm: [0, 3, 1, 2] });
  }
  const product = writer.node('Gemm', [kernel, rows], { transA: 1, transB: 1 });
  const shaped = writer.node('Reshape', [product, writer.ints([outputs, batch, height, width])]);
  return writer.node('Transpose', [shaped], { perm: [1, 0, 2, 3] });
}

/**
 * ONNX Runtime shares a product's longer side out among its threads, and how it blocks the sum depends on the
 * columns that a thread gets: with more columns than rows, the bits would depend on the number of threads.
 * So a product is written with its longer side as rows. (A Transpose right behind it would be fused into it
 * and turn it round again; behind a Reshape it is not.)
 */
export function longerSideIsRows(rows: number, columns: number): boolean {
  return rows >= columns;
}

/** For each tap of the kernel, row by row, the input pixels that it meets, channels last: [batch, out height, out width, in]. */
export function kernelTaps(
  writer: OnnxGraphWriter,
  conv: Pick<Convolution, 'input' | 'outputShape' | 'size' | 'stride' | 'padding'>,
): string[] {
  const input = channelsLast(writer, conv.input);
  const [top, left, bottom, right] = conv.padding;
  const padded = conv.padding.every((side) => side === 0)
    ? input
    : writer.node('Pad', [input, writer.ints([0, top, left, 0, 0, bottom, right, 0])]);
  const [, , height, width] = conv.outputShape;
  const taps: string[] = [];
  for (let i = 0; i < conv.size[0]; i++) {
    for (let j = 0; j < conv.size[1]; j++) {
      const end = [i + (height - 1) * conv.stride[0] + 1, j + (width - 1) * conv.stride[1] + 1];
      taps.push(
        writer.node('Slice', [
          padded,
          writer.ints([i, j]),
          writer.ints(end),
          writer.ints([1, 2]),
          writer.ints(conv.stride),
        ]),
      );
    }
  }
  return taps;
}

export function channelsLast(writer: OnnxGraphWriter, tensor: string): string {
  return writer.node('Transpose', [tensor], { perm: [0, 2, 3, 1] });
}
