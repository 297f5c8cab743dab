import { InvalidInputError } from '../../errors.ts';
import type { Session } from '../../session/session.ts';
import type { PreparedConvolution } from '../convolution/convolution.program.ts';
import {
  type Convolution,
  type ConvolutionData,
  type ConvolutionFilterGradientIo,
  type ConvolutionForwardIo,
  type ConvolutionInputGradientIo,
  type ConvolutionOptions,
  createConvolution,
} from '../convolution/convolution.ts';
import type { ConvolutionShape } from '../convolution/convolution-shape.ts';
import type { StorageOption } from '../operand-storage.ts';

/** A dense layer: input [rows, inFeatures], filter [inFeatures, outFeatures], output [rows, outFeatures]. */
export interface DenseShape {
  readonly rows: number;
  readonly inFeatures: number;
  readonly outFeatures: number;
}

/**
 * Dense layers and their gradients by the input and by the filter, which is tfjs's kernel.
 *
 *     output[row, o] = bias[o] + sum_i input[row, i] filter[i, o]
 *     inputGradient[row, i] = sum_o outputGradient[row, o] filter[i, o]
 *     filterGradient[i, o] = sum_row input[row, i] outputGradient[row, o]
 *
 * All sizes at least 1; there is no empty input. Deterministic on one adapter. Error: `convolutionBound` with inFeatures
 * (and 1 for a bias), outFeatures and rows terms. Input and output may be stored as f16, as a convolution's.
 *
 * Throws InvalidInputError (shapes, lengths, a tensor too many or too few), InvalidOptionError (variant; storage, or f16
 * without the feature shader-f16), LimitExceededError (a tensor beyond one binding), and the session's errors.
 *
 * Source: a dense layer is a convolution of 1 x 1 images by 1 x 1 kernels, and is computed as one.
 */
export interface Dense {
  prepareForward(
    shape: DenseShape,
    options: { readonly bias: boolean } & StorageOption<'input' | 'output'>,
  ): Promise<PreparedConvolution<ConvolutionForwardIo>>;
  prepareInputGradient(shape: DenseShape): Promise<PreparedConvolution<ConvolutionInputGradientIo>>;
  prepareFilterGradient(
    shape: DenseShape,
    options?: StorageOption<'input'>,
  ): Promise<PreparedConvolution<ConvolutionFilterGradientIo>>;
  runForward(
    shape: DenseShape,
    data: ConvolutionData<'input' | 'filter'> & { readonly bias?: Float32Array },
  ): Promise<Float32Array>;
  runInputGradient(shape: DenseShape, data: ConvolutionData<'outputGradient' | 'filter'>): Promise<Float32Array>;
  runFilterGradient(shape: DenseShape, data: ConvolutionData<'input' | 'outputGradient'>): Promise<Float32Array>;
}

function toConvolution(shape: DenseShape): ConvolutionShape {
  for (const name of ['rows', 'inFeatures', 'outFeatures'] as const) {
    if (!Number.isSafeInteger(shape[name]) || shape[name] < 1) {
      throw new InvalidInputError(`dense: ${name} is ${shape[name]}, expected a whole number >= 1`);
    }
  }
  return {
    batch: shape.rows,
    height: 1,
    width: 1,
    inChannels: shape.inFeatures,
    outChannels: shape.outFeatures,
    size: [1, 1],
    stride: [1, 1],
    padding: [0, 0, 0, 0],
  };
}

/** Makes the kernel; pipelines are compiled for each shape. */
export function createDense(session: Session, options: ConvolutionOptions = {}): Dense {
  const convolution: Convolution = createConvolution(session, options);
  return {
    prepareForward: async (shape, options) => convolution.prepareForward(toConvolution(shape), options),
    prepareInputGradient: async (shape) => convolution.prepareInputGradient(toConvolution(shape)),
    prepareFilterGradient: async (shape, options) => convolution.prepareFilterGradient(toConvolution(shape), options),
    runForward: async (shape, data) => convolution.runForward(toConvolution(shape), data),
    runInputGradient: async (shape, data) => convolution.runInputGradient(toConvolution(shape), data),
    runFilterGradient: async (shape, data) => convolution.runFilterGradient(toConvolution(shape), data),
  };
}
