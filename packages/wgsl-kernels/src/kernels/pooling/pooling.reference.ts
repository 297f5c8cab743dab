import { type PoolingShape, pooledSize } from './pooling.shape.ts';

/** Calls `visit` for every output value with the indices of its window's pixels, in row-major order. */
function forEachWindow(shape: PoolingShape, visit: (output: number, pixels: readonly number[]) => void): void {
  const { batch, height, width, channels, size, stride, padding } = shape;
  const [pooledHeight, pooledWidth] = pooledSize(shape);
  let output = 0;
  for (let image = 0; image < batch; image++) {
    for (let row = 0; row < pooledHeight; row++) {
      for (let column = 0; column < pooledWidth; column++) {
        for (let channel = 0; channel < channels; channel++) {
          const pixels: number[] = [];
          for (let i = 0; i < size[0]; i++) {
            for (let j = 0; j < size[1]; j++) {
              const y = row * stride[0] - padding[0] + i;
              const x = column * stride[1] - padding[1] + j;
              if (y < 0 || y >= height || x < 0 || x >= width) continue;
              pixels.push(((image * height + y) * width + x) * channels + channel);
            }
          }
          visit(output++, pixels);
        }
      }
    }
  }
}

const pooledLength = (shape: PoolingShape) => {
  const [height, width] = pooledSize(shape);
  return shape.batch * height * width * shape.channels;
};

const imageLength = ({ batch, height, width, channels }: PoolingShape) => batch * height * width * channels;

/** The first of a window's largest pixels. */
const firstMaximum = (input: ArrayLike<number>, pixels: readonly number[]) =>
  pixels.reduce((best, pixel) => (input[pixel] > input[best] ? pixel : best));

/** The largest pixel of each window, in float64. Inputs are not checked. */
export function maxPoolingReference(input: ArrayLike<number>, shape: PoolingShape): Float64Array {
  const output = new Float64Array(pooledLength(shape));
  forEachWindow(shape, (at, pixels) => {
    output[at] = input[firstMaximum(input, pixels)];
  });
  return output;
}

/** Each window's gradient goes to the first of its largest pixels, in float64. */
export function maxPoolingGradientReference(
  input: ArrayLike<number>,
  outputGradient: ArrayLike<number>,
  shape: PoolingShape,
): Float64Array {
  const gradient = new Float64Array(imageLength(shape));
  forEachWindow(shape, (at, pixels) => {
    gradient[firstMaximum(input, pixels)] += outputGradient[at];
  });
  return gradient;
}

/** The mean of each window's pixels, padding left out, in float64. */
export function averagePoolingReference(input: ArrayLike<number>, shape: PoolingShape): Float64Array {
  const output = new Float64Array(pooledLength(shape));
  forEachWindow(shape, (at, pixels) => {
    for (const pixel of pixels) output[at] += input[pixel] / pixels.length;
  });
  return output;
}

/** Each window's gradient is shared equally by its pixels, in float64. */
export function averagePoolingGradientReference(outputGradient: ArrayLike<number>, shape: PoolingShape): Float64Array {
  const gradient = new Float64Array(imageLength(shape));
  forEachWindow(shape, (at, pixels) => {
    for (const pixel of pixels) gradient[pixel] += outputGradient[at] / pixels.length;
  });
  return gradient;
}
