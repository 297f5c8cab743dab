import { InvalidInputError } from '../../errors.ts';
import type { Session } from '../../session/session.ts';
import type { Binding, Recorder } from '../../session/step.ts';
import type { StorageType, Stored } from '../../wgsl/stored.wgsl.ts';
import { storedBytes } from '../operand-storage.ts';
import { uniformData } from '../uniform-data.ts';
import { type ConvolutionShape, convolutionTensorSizes, type TensorName, tensorNames } from './convolution-shape.ts';

/** One dispatch of a product: its code, and what is bound by name, numbered from 0. */
export interface ProgramDispatch {
  readonly label: string;
  readonly code: string;
  readonly bindings: readonly string[];
  /** A uniform struct of u32 members, bound after the rest, for code that serves many shapes. */
  readonly parameters?: readonly number[];
  readonly workgroups: number;
}

/** The dispatches that compute one product of a convolution, in order. */
export interface ConvolutionProgram {
  readonly dispatches: readonly ProgramDispatch[];
  /** Bytes of what lies between the dispatches, by name. */
  readonly temporaries: Readonly<Record<string, number>>;
}

/** The tensors of one product. */
export type TensorBindings = Readonly<Partial<Record<TensorName, Binding>>>;

/** A compiled product of a convolution. */
export interface PreparedConvolution<Io> {
  encode(recorder: Recorder, io: Io): void;
}

/** The storage of the tensors of a forward pass that may be f16; the others are f32. */
export interface ForwardStorage {
  readonly input: StorageType;
  readonly output: StorageType;
}

/** Compiles the dispatches of a product; `encode` binds `tensors` and nothing else. */
export async function prepareProgram(
  session: Session,
  shape: ConvolutionShape,
  tensors: readonly TensorName[],
  program: ConvolutionProgram,
  storage: Stored,
): Promise<PreparedConvolution<TensorBindings>> {
  const pipelines = await Promise.all(program.dispatches.map((dispatch) => session.pipeline(dispatch)));
  const sizes = convolutionTensorSizes(shape);
  return {
    encode(recorder, io) {
      const bound: Record<string, Binding> = {};
      for (const name of tensorNames) {
        const binding = io[name];
        if ((binding !== undefined) !== tensors.includes(name)) {
          throw new InvalidInputError(
            `convolution: ${name} is ${binding ? 'given' : 'missing'}, prepared for ${tensors.join(', ')}`,
          );
        }
        if (binding)
          bound[name] = {
            buffer: binding.buffer,
            offset: binding.offset ?? 0,
            size: storedBytes(sizes[name], storage[name]),
          };
      }
      for (const [name, size] of Object.entries(program.temporaries)) {
        bound[name] = { buffer: recorder.temporary(size, `convolution: ${name}`), size };
      }
      for (const [at, { label, bindings, parameters, workgroups }] of program.dispatches.entries()) {
        const uniforms = parameters ? [{ buffer: recorder.uniform(uniformData(parameters), `${label}: sizes`) }] : [];
        recorder.dispatch({
          label,
          pipeline: pipelines[at],
          bindings: [...bindings.map((name) => bound[name]), ...uniforms],
          workgroups,
        });
      }
    },
  };
}

/** How the products of a convolution are computed, for one kind of adapter. */
export interface ConvolutionPrograms {
  forward(shape: ConvolutionShape, bias: boolean, maxBindingBytes: number, storage: ForwardStorage): ConvolutionProgram;
  inputGradient(shape: ConvolutionShape, maxBindingBytes: number): ConvolutionProgram;
  filterGradient(shape: ConvolutionShape, maxBindingBytes: number, input: StorageType): ConvolutionProgram;
}
