import { InvalidInputError, LimitExceededError } from '../../errors.ts';

/** A 2-D convolution of images with channels last; a filter is [kernel height, kernel width, in, out]. */
export interface ConvolutionShape {
  readonly batch: number;
  readonly height: number;
  readonly width: number;
  readonly inChannels: number;
  readonly outChannels: number;
  /** [kernel height, kernel width] */
  readonly size: readonly [number, number];
  /** [down, across] */
  readonly stride: readonly [number, number];
  /** Rows and columns of zeros around each image: [top, left, bottom, right]. */
  readonly padding: readonly [number, number, number, number];
}

/** The tensors of a convolution and its gradients. */
export const tensorNames = [
  'input',
  'filter',
  'bias',
  'output',
  'inputGradient',
  'filterGradient',
  'outputGradient',
] as const;
export type TensorName = (typeof tensorNames)[number];

const outSize = (size: number, before: number, after: number, kernel: number, stride: number) =>
  Math.floor((size + before + after - kernel) / stride) + 1;

/** [out height, out width] of a convolution. */
export function convolutionOutSize(shape: ConvolutionShape): [number, number] {
  const [top, left, bottom, right] = shape.padding;
  return [
    outSize(shape.height, top, bottom, shape.size[0], shape.stride[0]),
    outSize(shape.width, left, right, shape.size[1], shape.stride[1]),
  ];
}

/** How many values each tensor holds. */
export function convolutionTensorSizes(shape: ConvolutionShape): Record<TensorName, number> {
  const [outHeight, outWidth] = convolutionOutSize(shape);
  const input = shape.batch * shape.height * shape.width * shape.inChannels;
  const filter = shape.size[0] * shape.size[1] * shape.inChannels * shape.outChannels;
  const output = shape.batch * outHeight * outWidth * shape.outChannels;
  return {
    input,
    filter,
    bias: shape.outChannels,
    output,
    inputGradient: input,
    filterGradient: filter,
    outputGradient: output,
  };
}

function checkWhole(what: string, value: number, least: number): void {
  if (!Number.isSafeInteger(value) || value < least) {
    throw new InvalidInputError(`convolution: ${what} is ${value}, expected a whole number >= ${least}`);
  }
}

/** Throws InvalidInputError for sizes that make no convolution, LimitExceededError for a tensor beyond one binding. */
export function checkConvolutionShape(shape: ConvolutionShape, maxBindingBytes: number): void {
  for (const name of ['batch', 'height', 'width', 'inChannels', 'outChannels'] as const) {
    checkWhole(name, shape[name], 1);
  }
  for (const at of [0, 1] as const) {
    checkWhole(`size[${at}]`, shape.size[at], 1);
    checkWhole(`stride[${at}]`, shape.stride[at], 1);
  }
  for (const at of [0, 1, 2, 3] as const) checkWhole(`padding[${at}]`, shape.padding[at], 0);
  const [outHeight, outWidth] = convolutionOutSize(shape);
  if (outHeight < 1 || outWidth < 1) {
    throw new InvalidInputError(
      `convolution: a kernel of ${shape.size.join(' x ')} does not fit into images of ${shape.height} x ${shape.width} with padding ${shape.padding.join(', ')}`,
    );
  }
  const sizes = convolutionTensorSizes(shape);
  for (const name of tensorNames) {
    if (sizes[name] * 4 > maxBindingBytes) {
      throw new LimitExceededError(
        `convolution: ${name} has ${sizes[name] * 4} bytes, a binding holds ${maxBindingBytes}`,
        { hint: 'Split the batch into smaller pieces.' },
      );
    }
  }
}
