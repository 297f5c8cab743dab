import { type ConvolutionShape, convolutionOutSize, convolutionTensorSizes } from './convolution-shape.ts';

/** Calls `visit` with the positions of every product of a convolution: in the input, the filter and the output. */
function eachProduct(shape: ConvolutionShape, visit: (input: number, filter: number, output: number) => void): void {
  const { batch, height, width, inChannels, outChannels, size, stride, padding } = shape;
  const [outHeight, outWidth] = convolutionOutSize(shape);
  for (let image = 0; image < batch; image++) {
    for (let row = 0; row < outHeight; row++) {
      for (let column = 0; column < outWidth; column++) {
        for (let tapRow = 0; tapRow < size[0]; tapRow++) {
          for (let tapColumn = 0; tapColumn < size[1]; tapColumn++) {
            const y = row * stride[0] + tapRow - padding[0];
            const x = column * stride[1] + tapColumn - padding[1];
            if (y < 0 || y >= height || x < 0 || x >= width) continue;
            for (let i = 0; i < inChannels; i++) {
              for (let o = 0; o < outChannels; o++) {
                visit(
                  ((image * height + y) * width + x) * inChannels + i,
                  ((tapRow * size[1] + tapColumn) * inChannels + i) * outChannels + o,
                  ((image * outHeight + row) * outWidth + column) * outChannels + o,
                );
              }
            }
          }
        }
      }
    }
  }
}

/** The convolution in float64. Inputs are not checked. */
export function convolutionReference(
  shape: ConvolutionShape,
  input: ArrayLike<number>,
  filter: ArrayLike<number>,
  bias?: ArrayLike<number>,
): Float64Array {
  const output = new Float64Array(convolutionTensorSizes(shape).output);
  eachProduct(shape, (i, f, o) => {
    output[o] += input[i] * filter[f];
  });
  return bias === undefined ? output : output.map((value, at) => value + bias[at % shape.outChannels]);
}

/** The gradient by the input, in float64, of a loss whose gradient by the output is given. */
export function convolutionInputGradientReference(
  shape: ConvolutionShape,
  outputGradient: ArrayLike<number>,
  filter: ArrayLike<number>,
): Float64Array {
  const gradient = new Float64Array(convolutionTensorSizes(shape).input);
  eachProduct(shape, (i, f, o) => {
    gradient[i] += outputGradient[o] * filter[f];
  });
  return gradient;
}

/** The gradient by the filter, in float64, of a loss whose gradient by the output is given. */
export function convolutionFilterGradientReference(
  shape: ConvolutionShape,
  input: ArrayLike<number>,
  outputGradient: ArrayLike<number>,
): Float64Array {
  const gradient = new Float64Array(convolutionTensorSizes(shape).filter);
  eachProduct(shape, (i, f, o) => {
    gradient[f] += input[i] * outputGradient[o];
  });
  return gradient;
}
