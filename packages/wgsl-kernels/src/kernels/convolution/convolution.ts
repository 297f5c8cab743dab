import { InvalidInputError, InvalidOptionError } from '../../errors.ts';
import type { Session } from '../../session/session.ts';
import type { Binding } from '../../session/step.ts';
import type { StorageType } from '../../wgsl/stored.wgsl.ts';
import { checkNoUnknown } from '../check-sizes.ts';
import { resolveStorage, type StorageOption } from '../operand-storage.ts';
import {
  type ConvolutionProgram,
  type PreparedConvolution,
  prepareProgram,
  type TensorBindings,
} from './convolution.program.ts';
import { type ConvolutionVariant, convolutionVariants, defaultConvolutionVariant } from './convolution.variants.ts';
import {
  type ConvolutionShape,
  checkConvolutionShape,
  convolutionTensorSizes,
  type TensorName,
  tensorNames,
} from './convolution-shape.ts';

export interface ConvolutionOptions {
  /** How it is computed; chosen by the adapter unless told. */
  readonly variant?: ConvolutionVariant;
}

export interface ConvolutionForwardIo {
  /** [batch, height, width, in] f32, or as it was prepared to be stored */
  readonly input: Binding;
  /** [kernel height, kernel width, in, out] f32 */
  readonly filter: Binding;
  /** [out] f32, if prepared with one */
  readonly bias?: Binding;
  /** [batch, out height, out width, out] f32, or as it was prepared to be stored; written whole. */
  readonly output: Binding;
}

export interface ConvolutionInputGradientIo {
  readonly outputGradient: Binding;
  readonly filter: Binding;
  /** Written whole. */
  readonly inputGradient: Binding;
}

export interface ConvolutionFilterGradientIo {
  /** f32, or as it was prepared to be stored */
  readonly input: Binding;
  readonly outputGradient: Binding;
  /** Written whole. */
  readonly filterGradient: Binding;
}

/** The values of a convolution's tensors. */
export type ConvolutionData<Names extends TensorName> = Readonly<Record<Names, Float32Array>>;

/**
 * 2-D convolutions of images with channels last, and their gradients by the input and by the filter.
 *
 *     output[b, y, x, o] = bias[o] + sum_{ty, tx, i} input[b, sy y + ty - top, sx x + tx - left, i] filter[ty, tx, i, o]
 *
 * with zeros where the input ends (tfjs's conv2d, a correlation); the gradients are those of this formula:
 *
 *     inputGradient[b, v, u, i] = sum of outputGradient[b, y, x, o] filter[ty, tx, i, o] over v = sy y + ty - top, u = sx x + tx - left
 *     filterGradient[ty, tx, i, o] = sum_{b, y, x} input[b, sy y + ty - top, sx x + tx - left, i] outputGradient[b, y, x, o]
 *
 * Shapes as in `ConvolutionShape`, all sizes at least 1; there is no empty input. Deterministic on one adapter. Error:
 * `convolutionBound`. NaN and infinity go through as in the formulas, with a tap outside of an image counted as 0 times the
 * filter's value. `encode` reads and writes its bindings only; a long sum may be cut in pieces, added in order. Input and
 * output may be f16, half of their bytes: the input's values are taken as they are, all sums are f32, and the output is rounded
 * once more at the end (`halfStorageBound`); beyond 65504 it becomes infinite.
 *
 * Throws InvalidInputError (shapes, lengths, a tensor too many or too few), InvalidOptionError (variant; storage, or f16
 * without the feature shader-f16), LimitExceededError (a tensor beyond one binding), and the session's errors.
 *
 * Source: implicit GEMM (Chetlur et al., cuDNN, 2014, section 3.2): the product of the gathered input and the filter, of
 * which only tiles are ever made.
 */
export interface Convolution {
  prepareForward(
    shape: ConvolutionShape,
    options: { readonly bias: boolean } & StorageOption<'input' | 'output'>,
  ): Promise<PreparedConvolution<ConvolutionForwardIo>>;
  prepareInputGradient(shape: ConvolutionShape): Promise<PreparedConvolution<ConvolutionInputGradientIo>>;
  prepareFilterGradient(
    shape: ConvolutionShape,
    options?: StorageOption<'input'>,
  ): Promise<PreparedConvolution<ConvolutionFilterGradientIo>>;
  runForward(
    shape: ConvolutionShape,
    data: ConvolutionData<'input' | 'filter'> & { readonly bias?: Float32Array },
  ): Promise<Float32Array>;
  runInputGradient(shape: ConvolutionShape, data: ConvolutionData<'outputGradient' | 'filter'>): Promise<Float32Array>;
  runFilterGradient(shape: ConvolutionShape, data: ConvolutionData<'input' | 'outputGradient'>): Promise<Float32Array>;
}

const u = 2 ** -23;
const smallestNormal = 2 ** -126;

/**
 * How far a result may be from the exact one: a sum of `terms` products whose absolute values add up to `magnitude`, a
 * bias counted as one of them. With u = 2^-23 (WGSL rounds to either neighbor and may flush denormals) each term is
 * rounded once as a product and at most `terms + 1` times in sums, whatever their order and however often they are cut
 * (Higham, section 3.1), and each may lose what lies below 2^-126.
 */
export function convolutionBound(terms: number, magnitude: number): number {
  return (terms + 2) * u * (1 + terms * u) * magnitude + 2 * terms * smallestNormal;
}

/** Makes the kernel; pipelines are compiled for each shape. */
export function createConvolution(session: Session, options: ConvolutionOptions = {}): Convolution {
  const { variant = defaultConvolutionVariant(session), ...unknown } = options;
  checkNoUnknown('convolution', unknown);
  if (!Object.hasOwn(convolutionVariants, variant)) {
    throw new InvalidOptionError(
      `convolution: variant is ${variant}, expected one of ${Object.keys(convolutionVariants).join(', ')}`,
    );
  }
  const programs = convolutionVariants[variant](session);

  /** Checks before it generates code, which counts on sizes that make sense. */
  const prepare = async <Name extends TensorName>(
    shape: ConvolutionShape,
    tensors: readonly TensorName[],
    halvable: readonly Name[],
    options: StorageOption<Name>,
    make: (storage: Readonly<Record<Name, StorageType>>) => ConvolutionProgram,
  ) => {
    checkConvolutionShape(shape, session.maxBindingBytes);
    const storage = resolveStorage('convolution', session, halvable, options);
    return prepareProgram(session, shape, tensors, make(storage), storage);
  };
  const prepareForward: Convolution['prepareForward'] = (shape, { bias, ...options }) =>
    prepare(
      shape,
      ['input', 'filter', ...(bias ? (['bias'] as const) : []), 'output'],
      ['input', 'output'],
      options,
      (storage) => programs.forward(shape, bias, session.maxBindingBytes, storage),
    );
  const prepareInputGradient: Convolution['prepareInputGradient'] = (shape) =>
    prepare(shape, ['outputGradient', 'filter', 'inputGradient'], [], {}, () =>
      programs.inputGradient(shape, session.maxBindingBytes),
    );
  const prepareFilterGradient: Convolution['prepareFilterGradient'] = (shape, options = {}) =>
    prepare(shape, ['input', 'outputGradient', 'filterGradient'], ['input'], options, ({ input }) =>
      programs.filterGradient(shape, session.maxBindingBytes, input),
    );

  /** Uploads what is read, records, and reads back what is written. */
  const run = async (
    shape: ConvolutionShape,
    { encode }: PreparedConvolution<TensorBindings>,
    data: { readonly [Name in TensorName]?: Float32Array | undefined },
    written: TensorName,
  ): Promise<Float32Array> => {
    const sizes = convolutionTensorSizes(shape);
    const given = tensorNames.flatMap((name) => (data[name] === undefined ? [] : [{ name, values: data[name] }]));
    for (const { name, values } of given) {
      if (values.length !== sizes[name]) {
        throw new InvalidInputError(
          `convolution: ${name} has ${values.length} values, expected ${sizes[name]} by the shape`,
        );
      }
    }
    const bytes = sizes[written] * 4;
    const [result] = await session.submit('convolution', (step) => {
      const bindings: Partial<Record<TensorName, Binding>> = {};
      for (const { name, values } of given) bindings[name] = { buffer: step.upload(values, `convolution: ${name}`) };
      const buffer = step.temporary(bytes, `convolution: ${written}`);
      encode(step, { ...bindings, [written]: { buffer } });
      return [{ buffer, bytes }];
    });
    return new Float32Array(result);
  };

  return {
    prepareForward,
    prepareInputGradient,
    prepareFilterGradient,
    async runForward(shape, { input, filter, bias }) {
      const prepared = await prepareForward(shape, { bias: bias !== undefined });
      return run(shape, prepared, { input, filter, bias }, 'output');
    },
    async runInputGradient(shape, { outputGradient, filter }) {
      return run(shape, await prepareInputGradient(shape), { outputGradient, filter }, 'inputGradient');
    },
    async runFilterGradient(shape, { input, outputGradient }) {
      return run(shape, await prepareFilterGradient(shape), { input, outputGradient }, 'filterGradient');
    },
  };
}
