import { InvalidOptionError } from '../errors.ts';
import type { VariantChoice } from '../tuning/variant-choice.ts';
import { softwareDriverName } from './adapter-names.ts';
import { type BufferPool, createBufferPool } from './buffer-pool.ts';
import { createDeviceGuard } from './device-guard.ts';
import { dispatchSize } from './dispatch-size.ts';
import { createPipelineCache, type PipelineSource } from './pipeline-cache.ts';
import { createReadback, type Read } from './readback.ts';
import { createStep, type Step, type UploadData, writePadded } from './step.ts';
import { bufferUsage } from './usage.ts';

export interface SessionOptions {
  /** Bytes of idle buffers that the pool keeps. 256 MiB unless told; 0 keeps none. */
  readonly poolLimitBytes?: number;
  /** Largest binding that kernels make, in bytes: below the device's own limit it makes them work in smaller pieces. */
  readonly maxBindingBytes?: number;
  /** Variants that were measured to be the fastest (see `tuneKernels`); none unless told. */
  readonly variantChoice?: VariantChoice;
}

/**
 * A GPUDevice made safe. Errors of the device reject the call they belong to; an error that belongs to none rejects the
 * next one. When the device is lost, every pending and later call rejects with DeviceLostError.
 */
export interface Session {
  readonly device: GPUDevice;
  /** The device computes on the CPU (SwiftShader, lavapipe, WARP): kernels choose their variants by it. */
  readonly isSoftware: boolean;
  readonly pool: BufferPool;
  /** Largest storage binding, in bytes; kernels split their work to stay within it. */
  readonly maxBindingBytes: number;
  readonly variantChoice: VariantChoice;
  /** Compiles once per code and entry point. Throws KernelCompileError with line and column. */
  pipeline(source: PipelineSource): Promise<GPUComputePipeline>;
  /** A pooled storage buffer that holds `data`, padded to 4 bytes; give it back with `pool.release`. */
  upload(data: UploadData, label: string): GPUBuffer;
  /**
   * Records one command buffer, submits it and reads back what `record` returns, all in one copy. Resolves to one
   * ArrayBuffer for each read, of exactly its bytes; with nothing to read, once the device has accepted the commands.
   */
  submit(label: string, record: (step: Step) => readonly Read[]): Promise<ArrayBuffer[]>;
  /** [x, y, z] for `workgroups` in all, within the device's limit for each dimension. */
  dispatchSize(workgroups: number): [number, number, number];
  /** Destroys every buffer of the pool, handed out or not, and rejects what is pending. The device is the caller's. */
  dispose(): void;
}

const defaultPoolLimitBytes = 256 * 1024 * 1024;

/** Makes a session on a device (see `requestKernelDevice`). One device may serve several sessions. */
export function createSession(device: GPUDevice, options: SessionOptions = {}): Session {
  const {
    poolLimitBytes = defaultPoolLimitBytes,
    maxBindingBytes = Number.POSITIVE_INFINITY,
    variantChoice = () => undefined,
    ...unknown
  } = options;
  for (const name of Object.keys(unknown)) throw new InvalidOptionError(`session: unknown option ${name}`);
  if (!(poolLimitBytes >= 0)) {
    throw new InvalidOptionError(`session: poolLimitBytes is ${poolLimitBytes}, expected a number >= 0`);
  }
  if (!(maxBindingBytes > 0)) {
    throw new InvalidOptionError(`session: maxBindingBytes is ${maxBindingBytes}, expected a number > 0`);
  }
  const bindingLimit = Math.min(maxBindingBytes, device.limits.maxStorageBufferBindingSize);
  const guard = createDeviceGuard(device);
  const pool = createBufferPool(device, poolLimitBytes, guard.check);
  const pipelines = createPipelineCache(device, guard);

  return {
    device,
    isSoftware: softwareDriverName(device.adapterInfo) !== undefined,
    pool,
    maxBindingBytes: bindingLimit,
    variantChoice,
    pipeline: async (source) => {
      guard.check();
      return pipelines.get(source);
    },
    upload(data, label) {
      const buffer = pool.acquire(data.byteLength, bufferUsage.storage, label);
      writePadded(device, buffer, data);
      return buffer;
    },
    async submit(label, record) {
      const readback = createReadback(pool, label);
      try {
        await guard.scoped(label, () => {
          const encoder = device.createCommandEncoder({ label });
          const step = createStep(device, pool, encoder, bindingLimit);
          try {
            readback.record(encoder, record(step));
            device.queue.submit([encoder.finish()]);
          } finally {
            // Safe once submitted: the queue runs in order, so a later user writes after this step has read.
            step.release();
          }
          return readback.map();
        });
        return readback.take();
      } finally {
        readback.release();
      }
    },
    dispatchSize: (workgroups) => dispatchSize(workgroups, device.limits.maxComputeWorkgroupsPerDimension),
    dispose() {
      guard.dispose();
      pipelines.clear();
      pool.destroy();
    },
  };
}
