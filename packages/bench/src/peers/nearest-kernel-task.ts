import type { KernelTask, NearestTask } from '../worker/protocol.ts';

/** A search of the nearest row as the task of the kernel. */
export function nearestKernelTask({ folder, adapter, threads, n, m, d }: NearestTask): KernelTask {
  return { kind: 'kernel', kernel: 'nearest', variant: null, shape: { n, m, d, k: 1 }, folder, adapter, threads };
}
