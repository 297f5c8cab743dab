import { InvalidOptionError } from '../../errors.ts';
import type { PipelineSource } from '../../session/pipeline-cache.ts';
import type { Session } from '../../session/session.ts';
import type { Binding, Recorder } from '../../session/step.ts';
import type { StorageType } from '../../wgsl/stored.wgsl.ts';
import { checkLength, checkSizes, sized } from '../check-sizes.ts';
import { resolveStorage, type StorageOption, storedBytes } from '../operand-storage.ts';
import { runArrays } from '../run-arrays.ts';
import { uniformData } from '../uniform-data.ts';
import type { DropoutRandom } from './elementwise.reference.ts';
import { addWgsl, dropoutWgsl, reluGradientWgsl, reluWgsl, vectorsOfLane, workgroupSize } from './elementwise.wgsl.ts';

/** [count] f32 each, or as they were prepared to be stored. */
export interface ReluIo {
  readonly input: Binding;
  readonly output: Binding;
}

/** [count] f32 each; the output as it was prepared to be stored. */
export interface ReluGradientIo {
  readonly output: Binding;
  readonly outputGradient: Binding;
  readonly inputGradient: Binding;
}

/** [count] f32 each, or as they were prepared to be stored. */
export interface AddIo {
  readonly input: Binding;
  readonly other: Binding;
  readonly output: Binding;
}

/** [count] f32 each, or as they were prepared to be stored; and where the random numbers are taken from. */
export interface DropoutIo {
  readonly input: Binding;
  /** A uniform buffer of three u32: seed, stream, step (`DropoutRandom`), padded to 16 bytes. */
  readonly random: Binding;
  readonly output: Binding;
}

/** A compiled operation for one number of values. */
export interface PreparedElementwise<Io> {
  encode(recorder: Recorder, io: Io): void;
}

/**
 * Operations that take each value by itself.
 *
 * relu: output = max(input, 0); its gradient: inputGradient = outputGradient where output > 0, else 0.
 * add: output = input + other.
 * dropout: output = input / (1 - rate), or 0 with the probability `rate`. Its gradient is the same operation on the
 * output's gradient, with the same `random`.
 *
 * `prepare...`: count >= 1 values, any shape. Empty inputs are refused. What is written may not lie in a buffer that is
 * read. Value i of a dropout is dropped where word i mod 4 of the Philox block with counter (floor(i / 4), step, 0, 0) and
 * key (seed, stream), over 2^32, is below the rate: the same values on every adapter. Bytes a value: 8, of gradient and add
 * 12. Deterministic. Error: relu and its gradient are exact, an addition is off by u = 2^-23 of its result, a dropout by
 * 2 u (its factor is rounded, and the product), and denormals may be flushed to 0. Operands named by `storage` may be f16, half
 * of their bytes; arithmetic stays f32, and what is stored as f16 is rounded once more (`halfStorageBound`).
 *
 * Throws InvalidInputError (count), InvalidOptionError (rate; storage, or f16 without the feature shader-f16),
 * LimitExceededError (the values do not fit into a binding), and the session's errors.
 *
 * Source: the definitions; Srivastava et al., "Dropout", JMLR 15 (2014), in its inverted form.
 */
export interface Elementwise {
  prepareRelu(count: number, options?: StorageOption<'input' | 'output'>): Promise<PreparedElementwise<ReluIo>>;
  prepareReluGradient(count: number, options?: StorageOption<'output'>): Promise<PreparedElementwise<ReluGradientIo>>;
  prepareAdd(count: number, options?: StorageOption<'input' | 'other' | 'output'>): Promise<PreparedElementwise<AddIo>>;
  /** `rate`: the probability to drop a value, in [0, 1). */
  prepareDropout(
    count: number,
    rate: number,
    options?: StorageOption<'input' | 'output'>,
  ): Promise<PreparedElementwise<DropoutIo>>;
  runRelu(input: Float32Array): Promise<Float32Array>;
  runReluGradient(output: Float32Array, outputGradient: Float32Array): Promise<Float32Array>;
  runAdd(input: Float32Array, other: Float32Array): Promise<Float32Array>;
  runDropout(input: Float32Array, rate: number, random: DropoutRandom): Promise<Float32Array>;
}

const kernel = 'elementwise';

/** The texts of the shaders for an example: another count or rate only changes numbers and vector types in them. */
export const elementwiseSources: readonly PipelineSource[] = [
  { label: `${kernel}: relu`, code: reluWgsl(4096, vectorsOfLane.gpu, {}) },
  { label: `${kernel}: relu gradient`, code: reluGradientWgsl(4096, vectorsOfLane.gpu, {}) },
  { label: `${kernel}: add`, code: addWgsl(4096, vectorsOfLane.gpu, {}) },
  { label: `${kernel}: dropout`, code: dropoutWgsl(4096, vectorsOfLane.gpu, 0.5, {}) },
];

/** The bytes of the uniform buffer that a dropout reads. */
export function dropoutRandomData({ seed, stream, step }: DropoutRandom): ArrayBuffer {
  return uniformData([seed, stream, step]);
}

/** Makes the kernel; pipelines are compiled for each number of values. */
export function createElementwise(session: Session): Elementwise {
  const vectors = session.isSoftware ? vectorsOfLane.software : vectorsOfLane.gpu;
  /** `names`: the operands that may be stored as f16; `bytes` of one of them, or without a name of f32. */
  const prepare = async <Name extends string, Io>(
    name: string,
    count: number,
    names: readonly Name[],
    options: StorageOption<Name>,
    code: (storage: Readonly<Record<Name, StorageType>>) => string,
    bindings: (io: Io, bytes: (name?: Name) => number) => readonly Binding[],
  ): Promise<PreparedElementwise<Io>> => {
    const label = `${kernel}: ${name}`;
    checkSizes(label, { count });
    const storage = resolveStorage(label, session, names, options);
    const pipeline = await session.pipeline({ label, code: code(storage) });
    const items = count % 4 === 0 ? count / 4 : count;
    const workgroups = Math.ceil(items / vectors / workgroupSize);
    const bytes = (operand?: Name) => storedBytes(count, operand && storage[operand]);
    return {
      encode(recorder, io) {
        recorder.dispatch({ label, pipeline, bindings: bindings(io, bytes), workgroups });
      },
    };
  };

  const operations: Pick<Elementwise, 'prepareRelu' | 'prepareReluGradient' | 'prepareAdd' | 'prepareDropout'> = {
    prepareRelu: (count, options = {}) =>
      prepare(
        'relu',
        count,
        ['input', 'output'],
        options,
        (storage) => reluWgsl(count, vectors, storage),
        ({ input, output }, bytes) => [sized(input, bytes('input')), sized(output, bytes('output'))],
      ),
    prepareReluGradient: (count, options = {}) =>
      prepare(
        'relu gradient',
        count,
        ['output'],
        options,
        (storage) => reluGradientWgsl(count, vectors, storage),
        ({ output, outputGradient, inputGradient }, bytes) => [
          sized(output, bytes('output')),
          sized(outputGradient, bytes()),
          sized(inputGradient, bytes()),
        ],
      ),
    prepareAdd: (count, options = {}) =>
      prepare(
        'add',
        count,
        ['input', 'other', 'output'],
        options,
        (storage) => addWgsl(count, vectors, storage),
        ({ input, other, output }, bytes) => [
          sized(input, bytes('input')),
          sized(other, bytes('other')),
          sized(output, bytes('output')),
        ],
      ),
    async prepareDropout(count, rate, options = {}) {
      if (!(rate >= 0 && rate < 1)) {
        throw new InvalidOptionError(`${kernel}: dropout: rate is ${rate}, expected a number >= 0 and < 1`);
      }
      return prepare(
        'dropout',
        count,
        ['input', 'output'],
        options,
        (storage) => dropoutWgsl(count, vectors, rate, storage),
        ({ input, random, output }, bytes) => [
          sized(input, bytes('input')),
          sized(output, bytes('output')),
          sized(random, 16),
        ],
      );
    },
  };

  return {
    ...operations,
    async runRelu(input) {
      const { encode } = await operations.prepareRelu(input.length);
      return (await runArrays(session, kernel, { input }, { output: input.length }, encode)).output;
    },
    async runReluGradient(output, outputGradient) {
      checkLength(kernel, 'outputGradient', outputGradient, output.length);
      const { encode } = await operations.prepareReluGradient(output.length);
      const inputs = { output, outputGradient };
      return (await runArrays(session, kernel, inputs, { inputGradient: output.length }, encode)).inputGradient;
    },
    async runAdd(input, other) {
      checkLength(kernel, 'other', other, input.length);
      const { encode } = await operations.prepareAdd(input.length);
      return (await runArrays(session, kernel, { input, other }, { output: input.length }, encode)).output;
    },
    async runDropout(input, rate, random) {
      const { encode } = await operations.prepareDropout(input.length, rate);
      const { output } = await runArrays(session, kernel, { input }, { output: input.length }, (recorder, io) => {
        const uniform = { buffer: recorder.uniform(dropoutRandomData(random), `${kernel}: random`) };
        encode(recorder, { ...io, random: uniform });
      });
      return output;
    },
  };
}
