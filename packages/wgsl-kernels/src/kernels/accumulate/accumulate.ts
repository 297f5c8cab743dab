import { InvalidInputError } from '../../errors.ts';
import type { PipelineSource } from '../../session/pipeline-cache.ts';
import type { Session } from '../../session/session.ts';
import type { Binding, Recorder } from '../../session/step.ts';
import { checkLength, checkNoUnknown, sized } from '../check-sizes.ts';
import type { AccumulateInput } from './accumulate.reference.ts';
import { ACCUMULATE_WORKGROUP, accumulateWgsl } from './accumulate.wgsl.ts';

/** Existing buffers of f32; `target` may not lie in the buffer of `source`. */
export interface AccumulateIo {
  /** [count] */
  readonly source: Binding;
  /** [count], updated in place. */
  readonly target: Binding;
  /** A uniform buffer with four f32. */
  readonly factors: Binding;
}

/** The compiled kernel for one size. */
export interface PreparedAccumulate {
  encode(recorder: Recorder, io: AccumulateIo): void;
}

/**
 * Adds weighted values to a sum: the gradients and the losses of parts of a batch to those of the whole.
 *
 * target_i = target_i + factor_(i mod 4) source_i
 *
 * `prepare`: count values, a multiple of 4 and at least 4, of any unit. A sum that is not finite stays as it is, and a
 * value that is not finite takes its place, so that neither is lost. Empty inputs are refused. Deterministic. Error: u =
 * 2^-23 of the product and u of the result; denormals may be flushed to 0. Throws InvalidInputError (count, lengths),
 * InvalidOptionError (an unknown option), LimitExceededError (the values do not fit into a binding), and the session's
 * errors.
 *
 * Source: the definition.
 */
export interface Accumulate {
  prepare(shape: { readonly count: number }): Promise<PreparedAccumulate>;
  /** The target afterwards. */
  run(input: AccumulateInput): Promise<Float32Array>;
}

const kernel = 'accumulate';
const u = 2 ** -23;

/** How far a result may be from the exact one, given the absolute values of the sum and of the weighted value. */
export function accumulateBound(sum: number, term: number): number {
  return 1.01 * u * (sum + 2 * term) + 3 * 2 ** -126;
}

/** The text of the shader for an example: another count only changes a number in it. */
export const accumulateSources: readonly PipelineSource[] = [{ label: kernel, code: accumulateWgsl(4096) }];

/** Makes the kernel; the pipeline is compiled for each count. */
export function createAccumulate(session: Session): Accumulate {
  const prepare: Accumulate['prepare'] = async ({ count, ...unknown }) => {
    checkNoUnknown(kernel, unknown);
    if (!Number.isSafeInteger(count) || count < 4 || count % 4 !== 0)
      throw new InvalidInputError(`${kernel}: count is ${count}, expected a multiple of 4, at least 4`);
    const pipeline = await session.pipeline({ label: kernel, code: accumulateWgsl(count) });
    return {
      encode(recorder, { source, target, factors }) {
        recorder.dispatch({
          label: kernel,
          pipeline,
          bindings: [sized(source, count * 4), sized(target, count * 4), sized(factors, 16)],
          workgroups: Math.ceil(count / 4 / ACCUMULATE_WORKGROUP),
        });
      },
    };
  };

  return {
    prepare,
    async run({ source, target, factors }) {
      checkLength(kernel, 'source', source, target.length);
      checkLength(kernel, 'factors', factors, 4);
      const { encode } = await prepare({ count: target.length });
      const [result] = await session.submit(kernel, (step) => {
        const buffer = step.upload(target, `${kernel}: target`);
        encode(step, {
          source: { buffer: step.upload(source, `${kernel}: source`) },
          target: { buffer },
          factors: { buffer: step.uniform(factors.slice().buffer, `${kernel}: factors`) },
        });
        return [{ buffer, bytes: target.byteLength }];
      });
      return new Float32Array(result);
    },
  };
}
