export * from './errors.ts';
export type { Matrix } from './matrix.ts';
export { philox4x32, philox4x32Fill } from './philox.ts';
export {
  type AdapterDescription,
  describeAdapter,
  type KernelDevice,
  requestKernelDevice,
} from './session/adapter.ts';
export type { BufferPool, PoolStats } from './session/buffer-pool.ts';
export type { PipelineSource } from './session/pipeline-cache.ts';
export type { Read } from './session/readback.ts';
export { createSession, type Session, type SessionOptions } from './session/session.ts';
export type { Binding, Dispatch, Step, UploadData } from './session/step.ts';
export { bufferUsage } from './session/usage.ts';
export { philoxWgsl } from './wgsl/philox.wgsl.ts';
