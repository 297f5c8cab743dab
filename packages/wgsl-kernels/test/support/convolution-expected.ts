import type { ConvolutionShape } from '../../src/index.ts';
import {
  convolutionFilterGradientReference,
  convolutionReference,
} from '../../src/kernels/convolution/convolution.reference.ts';
import { convolutionBound } from '../../src/kernels/convolution/convolution.ts';
import { convolutionOutSize } from '../../src/kernels/convolution/convolution-shape.ts';

export const magnitudes = (values: Float32Array) => values.map(Math.abs);

/** The output with a bias in float64, and how far sums in f32 may be from each value of it. */
export function expectedOutput(shape: ConvolutionShape, input: Float32Array, filter: Float32Array, bias: Float32Array) {
  const magnitude = convolutionReference(shape, magnitudes(input), magnitudes(filter), magnitudes(bias));
  const terms = shape.size[0] * shape.size[1] * shape.inChannels + 1;
  return {
    values: convolutionReference(shape, input, filter, bias),
    bound: (at: number) => convolutionBound(terms, magnitude[at]),
  };
}

/** The same of the gradient by the filter. */
export function expectedFilterGradient(shape: ConvolutionShape, input: Float32Array, outputGradient: Float32Array) {
  const magnitude = convolutionFilterGradientReference(shape, magnitudes(input), magnitudes(outputGradient));
  const [outHeight, outWidth] = convolutionOutSize(shape);
  return {
    values: convolutionFilterGradientReference(shape, input, outputGradient),
    bound: (at: number) => convolutionBound(shape.batch * outHeight * outWidth, magnitude[at]),
  };
}
