import type { OnnxGraphWriter } from '@csx/core';

export interface FilterGradientShape {
  readonly batch: number;
  /** Height and width of the output. */
  readonly outSize: readonly [number, number];
  readonly inChannels: number;
  readonly kernel: readonly [number, number];
  /** [top, left, bottom, right] */
  readonly padding: readonly [number, number, number, number];
}

/**
 * ONNX has no operator for a filter's gradient: the shifts of the padded images side by side, and one matrix product. At
 * stride 1.
 * @param images name of [batch, height, width, in]
 * @param outputGradient name of [pixels of the output, out]
 * @returns the name of [taps * in, out]
 */
export function writeFilterGradient(
  writer: OnnxGraphWriter,
  images: string,
  outputGradient: string,
  { batch, outSize, inChannels, kernel, padding }: FilterGradientShape,
): string {
  const [height, width] = outSize;
  const [kh, kw] = kernel;
  const [top, left, bottom, right] = padding;
  const padded = writer.node('Pad', [images, writer.ints([0, top, left, 0, 0, bottom, right, 0])]);
  const shifts = Array.from({ length: kh * kw }, (_, tap) => {
    const [y, x] = [Math.floor(tap / kw), tap % kw];
    const [start, end] = [writer.ints([y, x]), writer.ints([y + height, x + width])];
    return writer.node('Slice', [padded, start, end, writer.ints([1, 2])]);
  });
  const shape = writer.ints([batch * height * width, kh * kw * inChannels]);
  const columns = writer.node('Reshape', [writer.node('Concat', shifts, { axis: 3 }), shape]);
  return writer.node('Gemm', [columns, outputGradient], { transA: 1 });
}
