/**
 * Usage flags of WebGPU buffers. The numbers are fixed by the specification; the global `GPUBufferUsage` is missing in
 * Node unless a host sets it, and a library should not need globals.
 */
export const bufferUsage = {
  /** Read and written by kernels, written by the queue, copied from. MAP_READ may not be combined with it. */
  storage: 0x0080 | 0x0004 | 0x0008,
  uniform: 0x0040 | 0x0008,
  readback: 0x0001 | 0x0008,
} as const;
