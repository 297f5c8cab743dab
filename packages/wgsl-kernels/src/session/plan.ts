import { DisposedError } from '../errors.ts';
import { dispatchSize } from './dispatch-size.ts';
import type { Session } from './session.ts';
import { bindGroupOf, paddedUniform, type Recorder } from './step.ts';
import { bufferUsage } from './usage.ts';

/**
 * Dispatches recorded once and replayed as often as wanted, without making anything anew: kernels record into it as
 * into a step (`kernel.encode(plan, io)`), and what they take from it stays theirs until `dispose`. What changes from
 * one replay to the next (a learning rate, a batch) lies in buffers of the caller's, written before the replay.
 */
export interface Plan extends Recorder {
  /**
   * Temporaries taken so far may be handed out again: call it when all that reads them is recorded. Dispatches run in
   * the order they were recorded in, so that a later one may overwrite what earlier ones have read.
   */
  releaseTemporaries(): void;
  /** Dispatches of one replay. */
  readonly dispatchCount: number;
  /** Records all dispatches, in one compute pass. */
  replay(encoder: GPUCommandEncoder): void;
  /**
   * Gives its buffers back to the session's pool.
   * @param keep whether the pool may hand them out again; not where some could not be allocated. Yes unless told.
   */
  dispose(keep?: boolean): void;
}

interface PlannedDispatch {
  readonly pipeline: GPUComputePipeline;
  readonly bindGroup: GPUBindGroup;
  readonly workgroups: readonly [number, number, number];
}

/** An empty plan on a session's device. */
export function createPlan(session: Session, label: string): Plan {
  const { device, pool, maxBindingBytes } = session;
  const dispatches: PlannedDispatch[] = [];
  const held: GPUBuffer[] = [];
  let busy: GPUBuffer[] = [];
  const free: GPUBuffer[] = [];
  let disposed = false;

  /** The smallest free buffer that is large enough. */
  const reuse = (bytes: number): GPUBuffer | undefined => {
    const fitting = free.filter((buffer) => buffer.size >= bytes).sort((a, b) => a.size - b.size)[0];
    if (fitting !== undefined) free.splice(free.indexOf(fitting), 1);
    return fitting;
  };
  const acquire = (bytes: number, usage: number, name: string) => {
    const buffer = pool.acquire(bytes, usage, name);
    held.push(buffer);
    return buffer;
  };

  return {
    temporary(bytes, name) {
      const buffer = reuse(bytes) ?? acquire(bytes, bufferUsage.storage, `${label}: ${name}`);
      busy.push(buffer);
      return buffer;
    },
    uniform(data, name) {
      const padded = paddedUniform(data);
      const buffer = acquire(padded.byteLength, bufferUsage.uniform, `${label}: ${name}`);
      device.queue.writeBuffer(buffer, 0, padded);
      return buffer;
    },
    dispatch(dispatch) {
      if (dispatch.workgroups === 0) return;
      dispatches.push({
        pipeline: dispatch.pipeline,
        bindGroup: bindGroupOf(device, dispatch, maxBindingBytes),
        workgroups: dispatchSize(dispatch.workgroups, device.limits.maxComputeWorkgroupsPerDimension),
      });
    },
    releaseTemporaries() {
      free.push(...busy);
      busy = [];
    },
    get dispatchCount() {
      return dispatches.length;
    },
    replay(encoder) {
      if (disposed) throw new DisposedError(`${label}: replayed after dispose()`);
      const pass = encoder.beginComputePass({ label });
      for (const { pipeline, bindGroup, workgroups } of dispatches) {
        pass.setPipeline(pipeline);
        pass.setBindGroup(0, bindGroup);
        pass.dispatchWorkgroups(...workgroups);
      }
      pass.end();
    },
    dispose(keep = true) {
      if (disposed) return;
      disposed = true;
      for (const buffer of held) {
        if (!pool.owns(buffer)) continue;
        if (keep) pool.release(buffer);
        else pool.discard(buffer);
      }
    },
  };
}
