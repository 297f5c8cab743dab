import type { PipelineSource } from '../../session/pipeline-cache.ts';
import type { Session } from '../../session/session.ts';
import type { Binding, Recorder } from '../../session/step.ts';
import type { Stored } from '../../wgsl/stored.wgsl.ts';
import { checkLength, sized } from '../check-sizes.ts';
import { workgroupSize } from '../column-sums/row-loop.wgsl.ts';
import { resolveStorage, type StorageOption, storedBytes } from '../operand-storage.ts';
import { runArrays } from '../run-arrays.ts';
import { checkPooling, type PoolingShape, pooledSize } from './pooling.shape.ts';
import {
  averagePoolingGradientWgsl,
  averagePoolingWgsl,
  maxGradientLanes,
  maxPoolingGradientWgsl,
  maxPoolingWgsl,
  pixelCount,
  pooledCount,
} from './pooling.wgsl.ts';

/** Existing buffers of f32, or as they were prepared to be stored. */
export interface PoolingIo {
  /** [batch, height, width, channels] */
  readonly input: Binding;
  /** [batch, pooled height, pooled width, channels] */
  readonly output: Binding;
}

/** Existing buffers of f32. */
export interface AveragePoolingGradientIo {
  /** [batch, pooled height, pooled width, channels] */
  readonly outputGradient: Binding;
  /** [batch, height, width, channels] */
  readonly inputGradient: Binding;
}

/** Existing buffers of f32; the input as it was prepared to be stored. */
export interface MaxPoolingGradientIo extends AveragePoolingGradientIo {
  /** [batch, height, width, channels], as in the forward pass. */
  readonly input: Binding;
}

/** A compiled kernel for one shape. */
export interface PreparedPooling<Io> {
  encode(recorder: Recorder, io: Io): void;
}

/**
 * Maximum and average over windows of images, and their gradients.
 *
 * max: output = the largest pixel of the window; its gradient goes to the first of the largest in row-major order, found
 * again from the input. average: output = the sum of the window's pixels / their number, padding left out, as tfjs does;
 * each pixel gets its share of the gradient. A pixel in several windows gets the sum; a pixel in none gets 0. The global
 * average is that of a window as large as the image.
 *
 * `prepare...`: images [batch, height, width, channels], windows of any size, stride and padding, overlapping or not; the
 * result has `pooledSize`. Empty inputs are refused, and so is padding as large as the window. What is written may not lie
 * in a buffer that is read. Maxima of windows with a NaN are undefined.
 *
 * One lane makes one result of four channels side by side (of one, where the channels are no multiple of four). Where
 * windows tile the image, the gradient of the maximum is written a window a lane; otherwise each pixel gathers it from the
 * windows that cover it, without atomics. Bytes a pixel with windows of 2 x 2: max 5, its gradient 9, average 5, its gradient 5.
 * Deterministic. Error: max is exact, its gradient off by (w - 1) u of the sum of the absolute gradients of the w windows
 * that cover a pixel, u = 2^-23; average and its gradient: `averagePoolingBound`. Operands named by `storage` may be f16, half
 * of their bytes; arithmetic stays f32, and averages stored as f16 are rounded once more (`halfStorageBound`).
 *
 * Throws InvalidInputError (shapes), InvalidOptionError (an unknown option; storage, or f16 without the feature shader-f16),
 * LimitExceededError (the images do not fit into a binding), and the session's errors.
 *
 * Source: the definitions.
 */
export interface Pooling {
  prepareMax(shape: PoolingShape, options?: StorageOption<'input' | 'output'>): Promise<PreparedPooling<PoolingIo>>;
  prepareMaxGradient(
    shape: PoolingShape,
    options?: StorageOption<'input'>,
  ): Promise<PreparedPooling<MaxPoolingGradientIo>>;
  prepareAverage(shape: PoolingShape, options?: StorageOption<'input' | 'output'>): Promise<PreparedPooling<PoolingIo>>;
  prepareAverageGradient(shape: PoolingShape): Promise<PreparedPooling<AveragePoolingGradientIo>>;
  runMax(input: Float32Array, shape: PoolingShape): Promise<Float32Array>;
  runMaxGradient(input: Float32Array, outputGradient: Float32Array, shape: PoolingShape): Promise<Float32Array>;
  runAverage(input: Float32Array, shape: PoolingShape): Promise<Float32Array>;
  runAverageGradient(outputGradient: Float32Array, shape: PoolingShape): Promise<Float32Array>;
}

const kernel = 'pooling';
const imageNames = ['input', 'output'] as const;
const u = 2 ** -23;

/**
 * How far a sum of `terms` values may be from the exact one, each divided before or after, given the sum of the absolute
 * results: terms - 1 additions, and the division, off by u and 2.5 u (Higham, section 4.2); denormals may be flushed.
 */
export function averagePoolingBound(terms: number, absoluteSum: number): number {
  return 1.01 * (terms + 1.5) * u * absoluteSum + 2 * terms * 2 ** -126;
}

const example: PoolingShape = {
  batch: 2,
  height: 32,
  width: 32,
  channels: 64,
  size: [2, 2],
  stride: [2, 2],
  padding: [0, 0, 0, 0],
};
const overlapping: PoolingShape = { ...example, size: [3, 3], padding: [1, 1, 1, 1] };

/** The texts of the shaders for example shapes: another one changes numbers and vector types, and writes out other windows. */
export const poolingSources: readonly PipelineSource[] = [
  { label: `${kernel}: max`, code: maxPoolingWgsl(example, {}) },
  { label: `${kernel}: max gradient`, code: maxPoolingGradientWgsl(example, {}) },
  { label: `${kernel}: max gradient, overlapping`, code: maxPoolingGradientWgsl(overlapping, {}) },
  { label: `${kernel}: average`, code: averagePoolingWgsl(example, {}) },
  { label: `${kernel}: average gradient`, code: averagePoolingGradientWgsl(example) },
];

/** Makes the kernel; pipelines are compiled for each shape. */
export function createPooling(session: Session): Pooling {
  /** `halvable`: the operands that may be stored as f16. */
  const prepare = async <Name extends string, Halvable extends string>(
    label: string,
    shape: PoolingShape,
    wgsl: (shape: PoolingShape, storage: Stored) => string,
    lanes: (shape: PoolingShape) => number,
    names: readonly Name[],
    halvable: readonly Halvable[],
    options: StorageOption<Halvable>,
  ): Promise<PreparedPooling<Readonly<Record<Name, Binding>>>> => {
    checkPooling(kernel, shape);
    const storage: Stored = resolveStorage(kernel, session, halvable, options);
    const pipeline = await session.pipeline({ label, code: wgsl(shape, storage) });
    const workgroups = Math.ceil(lanes(shape) / workgroupSize);
    const bytes = (name: Name) => storedBytes(lengthOf(name, shape), storage[name]);
    return {
      encode(recorder, io) {
        const bindings = names.map((name) => sized(io[name], bytes(name)));
        recorder.dispatch({ label, pipeline, bindings, workgroups });
      },
    };
  };
  const kernels = {
    prepareMax: (shape: PoolingShape, options: StorageOption<'input' | 'output'> = {}) =>
      prepare(`${kernel}: max`, shape, maxPoolingWgsl, pooledCount, imageNames, imageNames, options),
    prepareMaxGradient: (shape: PoolingShape, options: StorageOption<'input'> = {}) =>
      prepare(
        `${kernel}: max gradient`,
        shape,
        maxPoolingGradientWgsl,
        maxGradientLanes,
        ['input', 'outputGradient', 'inputGradient'],
        ['input'],
        options,
      ),
    prepareAverage: (shape: PoolingShape, options: StorageOption<'input' | 'output'> = {}) =>
      prepare(`${kernel}: average`, shape, averagePoolingWgsl, pooledCount, imageNames, imageNames, options),
    prepareAverageGradient: (shape: PoolingShape) =>
      prepare(
        `${kernel}: average gradient`,
        shape,
        averagePoolingGradientWgsl,
        pixelCount,
        ['outputGradient', 'inputGradient'],
        [],
        {},
      ),
  };
  const run = async <Input extends string, Output extends string>(
    { encode }: PreparedPooling<NoInfer<Readonly<Record<Input | Output, Binding>>>>,
    shape: PoolingShape,
    inputs: Readonly<Record<Input, Float32Array>>,
    output: Output,
  ): Promise<Float32Array> => {
    for (const [name, values] of Object.entries<Float32Array>(inputs)) {
      checkLength(kernel, name, values, lengthOf(name, shape));
    }
    const outputs = { [output]: lengthOf(output, shape) } as Record<Output, number>;
    return (await runArrays(session, kernel, inputs, outputs, encode))[output];
  };

  return {
    ...kernels,
    runMax: async (input, shape) => run(await kernels.prepareMax(shape), shape, { input }, 'output'),
    runMaxGradient: async (input, outputGradient, shape) =>
      run(await kernels.prepareMaxGradient(shape), shape, { input, outputGradient }, 'inputGradient'),
    runAverage: async (input, shape) => run(await kernels.prepareAverage(shape), shape, { input }, 'output'),
    runAverageGradient: async (outputGradient, shape) =>
      run(await kernels.prepareAverageGradient(shape), shape, { outputGradient }, 'inputGradient'),
  };
}

/** Values of the images (`input...`) or of the pooled images (`output...`). */
function lengthOf(name: string, shape: PoolingShape): number {
  const [height, width] = name.startsWith('input') ? [shape.height, shape.width] : pooledSize(shape);
  return shape.batch * height * width * shape.channels;
}
