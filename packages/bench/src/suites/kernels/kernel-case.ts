import type { KernelTask } from '../../worker/protocol.ts';
import { writeArray } from '../../worker/task-files.ts';
import type { BenchCase, BenchContext, Judgement } from '../bench-case.ts';
import type { CandidateName } from '../candidates.ts';

/** The arrays of a task by the names of their files, which end in .f32 or .u32. */
export type Inputs = Readonly<Record<string, Float32Array | Uint32Array>>;

/** One kernel at one shape. */
export interface KernelCase<Arrays extends Inputs> {
  readonly kernel: string;
  /** The variant that must run; the kernel's own choice unless told. */
  readonly variant?: string;
  readonly name: string;
  readonly shape: KernelTask['shape'];
  readonly flop: number;
  /** Least that is read and written. */
  readonly bytes: number;
  /** Who else does it. */
  readonly peers?: readonly CandidateName[];
  inputs(seed: number): Arrays;
  /** Compares what came out of a run with float64. */
  judge(inputs: Arrays, values: Float32Array, candidate: CandidateName): Judgement;
}

/** A kernel beside other libraries that compute the same. */
export function kernelCase<Arrays extends Inputs>(
  { kernel, variant, name, shape, flop, bytes, peers = [], ...made }: KernelCase<Arrays>,
  context: BenchContext,
): BenchCase {
  return {
    suite: kernel,
    name: variant === undefined ? name : `${name}, ${variant}`,
    what: 'one run on data that lie on the device; the results stay there',
    shape,
    flop,
    bytes,
    candidates: ['csx-gpu', ...peers],
    baseline: 'csx-gpu',
    async prepare(folder) {
      const { seed, adapter, threads } = context;
      const inputs = made.inputs(seed);
      for (const [input, values] of Object.entries(inputs)) {
        await writeArray(folder, `${input}.${values instanceof Float32Array ? 'f32' : 'u32'}`, values);
      }
      const task: KernelTask = { kind: 'kernel', kernel, variant: variant ?? null, shape, folder, adapter, threads };
      return { task, judge: (values, _reference, candidate) => made.judge(inputs, values, candidate) };
    },
  };
}

/** Whole numbers as people read them: 1 000 000. */
export function grouped(value: number): string {
  return String(value).replace(/\B(?=(\d{3})+$)/g, ' ');
}
