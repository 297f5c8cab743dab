import { InvalidInputError } from '../../errors.ts';
import type { PipelineSource } from '../../session/pipeline-cache.ts';
import type { Session } from '../../session/session.ts';
import type { Binding, Recorder } from '../../session/step.ts';
import { checkLength, checkNoUnknown, sized } from '../check-sizes.ts';
import { uniformData } from '../uniform-data.ts';
import type { GuardedCopyInput } from './guarded-copy.reference.ts';
import { GUARDED_COPY_WORKGROUP, guardedCopyWgsl } from './guarded-copy.wgsl.ts';

/** Existing buffers; `target` may not lie in the buffer of `source`. */
export interface GuardedCopyIo {
  /** [count] words */
  readonly source: Binding;
  /** [count] words */
  readonly target: Binding;
  /** As of `createMomentumSgd`. */
  readonly guard: {
    /** [slots, 4] f32. Bind it with its size. */
    readonly totals: Binding;
    /** A uniform buffer with one u32: the row of `totals` to look at. */
    readonly slot: Binding;
  };
}

/** The compiled kernel for one size. */
export interface PreparedGuardedCopy {
  encode(recorder: Recorder, io: GuardedCopyIo): void;
}

/**
 * Copies values if the loss of a step is finite: what a step makes besides its weights (the running statistics of batch
 * norms) is taken over only with the update that `createMomentumSgd` makes.
 *
 * target = source where the loss is finite, else target
 *
 * `prepare`: count >= 0 words of 4 bytes, any unit. Empty input: nothing happens. Deterministic and exact: values are moved
 * as their bits. Throws InvalidInputError (count, lengths), InvalidOptionError (an unknown option), LimitExceededError (the
 * values do not fit into a binding), and the session's errors.
 *
 * Source: the definition.
 */
export interface GuardedCopy {
  prepare(shape: { readonly count: number }): Promise<PreparedGuardedCopy>;
  /** The target afterwards. */
  run(input: GuardedCopyInput): Promise<Float32Array>;
}

const kernel = 'guarded-copy';

/** The text of the shader for an example: another count only changes a number in it. */
export const guardedCopySources: readonly PipelineSource[] = [{ label: kernel, code: guardedCopyWgsl(4096) }];

/** Makes the kernel; the pipeline is compiled for each count. */
export function createGuardedCopy(session: Session): GuardedCopy {
  const prepare: GuardedCopy['prepare'] = async ({ count, ...unknown }) => {
    checkNoUnknown(kernel, unknown);
    if (!Number.isSafeInteger(count) || count < 0)
      throw new InvalidInputError(`${kernel}: count is ${count}, expected a whole number >= 0`);
    const pipeline = await session.pipeline({ label: kernel, code: guardedCopyWgsl(count) });
    return {
      encode(recorder, { source, target, guard }) {
        if (count === 0) return;
        recorder.dispatch({
          label: kernel,
          pipeline,
          bindings: [sized(source, count * 4), sized(target, count * 4), guard.totals, sized(guard.slot, 16)],
          workgroups: Math.ceil(count / GUARDED_COPY_WORKGROUP),
        });
      },
    };
  };

  return {
    prepare,
    async run({ source, target, loss }) {
      checkLength(kernel, 'source', source, target.length);
      const { encode } = await prepare({ count: target.length });
      const [result] = await session.submit(kernel, (step) => {
        const buffer = step.upload(target, `${kernel}: target`);
        encode(step, {
          source: { buffer: step.upload(source, `${kernel}: source`) },
          target: { buffer },
          guard: {
            totals: { buffer: step.upload(Float32Array.of(loss, 0, 0, 0), `${kernel}: totals`), size: 16 },
            slot: { buffer: step.uniform(uniformData([0]), `${kernel}: slot`) },
          },
        });
        return [{ buffer, bytes: target.byteLength }];
      });
      return new Float32Array(result);
    },
  };
}
