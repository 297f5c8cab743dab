import { LimitExceededError } from '../errors.ts';
import type { BufferPool } from './buffer-pool.ts';
import { dispatchSize } from './dispatch-size.ts';
import { bufferUsage } from './usage.ts';

/** Numbers that can be uploaded. */
export type UploadData = Float32Array | Uint32Array | Int32Array | Uint8Array;

/** A buffer, or the first `size` bytes of it from `offset` on. */
export interface Binding {
  readonly buffer: GPUBuffer;
  readonly offset?: number;
  /** Bytes; pooled buffers are larger than asked for, so `arrayLength` is only right with it. */
  readonly size?: number;
}

/** One dispatch: the bindings are those of group 0, numbered from 0. */
export interface Dispatch {
  readonly label: string;
  readonly pipeline: GPUComputePipeline;
  readonly bindings: readonly Binding[];
  /** Workgroups in all; split over three dimensions where one does not hold them. None: nothing is recorded. */
  readonly workgroups: number;
}

/** Where kernels record their dispatches: a `Step`, submitted once, or a `Plan`, replayed. */
export interface Recorder {
  /** A storage buffer between the dispatches of one `encode`, with undefined contents. */
  temporary(bytes: number, label: string): GPUBuffer;
  /** A uniform buffer that holds `data`, padded to 16 bytes. */
  uniform(data: ArrayBuffer, label: string): GPUBuffer;
  dispatch(dispatch: Dispatch): void;
}

/**
 * One submission in the making. Kernels record into it (`kernel.encode(step, io)`); what they take from it goes back to
 * the pool when the step is submitted.
 */
export interface Step extends Recorder {
  readonly encoder: GPUCommandEncoder;
  /** A storage buffer for this step only that holds `data`, padded to 4 bytes with zeros. */
  upload(data: UploadData, label: string): GPUBuffer;
}

/** Writes `data` into `buffer`, from `offset` bytes on; sizes that are no multiple of 4 are padded with zeros. */
export function writePadded(device: GPUDevice, buffer: GPUBuffer, data: UploadData, offset = 0): void {
  const whole = data.byteLength & ~3;
  if (whole > 0) device.queue.writeBuffer(buffer, offset, data.buffer, data.byteOffset, whole);
  if (whole < data.byteLength) {
    const rest = new Uint8Array(4);
    rest.set(new Uint8Array(data.buffer, data.byteOffset + whole, data.byteLength - whole));
    device.queue.writeBuffer(buffer, offset + whole, rest);
  }
}

/** Uniform bindings are sized in 16 bytes. */
export function paddedUniform(data: ArrayBuffer): Uint8Array<ArrayBuffer> {
  const padded = new Uint8Array(Math.max(16, Math.ceil(data.byteLength / 16) * 16));
  padded.set(new Uint8Array(data));
  return padded;
}

/** The bindings of a dispatch as group 0. Throws LimitExceededError for one that is too large. */
export function bindGroupOf(
  device: GPUDevice,
  { label, pipeline, bindings }: Dispatch,
  maxBindingBytes: number,
): GPUBindGroup {
  for (const [binding, { buffer, offset = 0, size = buffer.size - offset }] of bindings.entries()) {
    if (size > maxBindingBytes) {
      throw new LimitExceededError(
        `${label}: binding ${binding} (${buffer.label}) has ${size} bytes, a binding holds ${maxBindingBytes}`,
        { hint: 'Split the work into smaller pieces.' },
      );
    }
  }
  return device.createBindGroup({
    label,
    layout: pipeline.getBindGroupLayout(0),
    entries: bindings.map((resource, binding) => ({ binding, resource })),
  });
}

/** A step and the way to give back what it took. */
export function createStep(
  device: GPUDevice,
  pool: BufferPool,
  encoder: GPUCommandEncoder,
  maxBindingBytes: number,
): Step & { release(): void } {
  const taken: GPUBuffer[] = [];
  const take = (bytes: number, usage: number, label: string) => {
    const buffer = pool.acquire(bytes, usage, label);
    taken.push(buffer);
    return buffer;
  };
  return {
    encoder,
    temporary: (bytes, label) => take(bytes, bufferUsage.storage, label),
    upload(data, label) {
      const buffer = take(data.byteLength, bufferUsage.storage, label);
      writePadded(device, buffer, data);
      return buffer;
    },
    uniform(data, label) {
      const padded = paddedUniform(data);
      const buffer = take(padded.byteLength, bufferUsage.uniform, label);
      device.queue.writeBuffer(buffer, 0, padded);
      return buffer;
    },
    dispatch(dispatch) {
      if (dispatch.workgroups === 0) return;
      const pass = encoder.beginComputePass({ label: dispatch.label });
      pass.setPipeline(dispatch.pipeline);
      pass.setBindGroup(0, bindGroupOf(device, dispatch, maxBindingBytes));
      pass.dispatchWorkgroups(...dispatchSize(dispatch.workgroups, device.limits.maxComputeWorkgroupsPerDimension));
      pass.end();
    },
    release() {
      // A session disposed in the meantime has destroyed them already.
      for (const buffer of taken.splice(0)) if (pool.owns(buffer)) pool.release(buffer);
    },
  };
}
