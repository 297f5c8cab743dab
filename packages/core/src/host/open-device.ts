import { AdapterUnavailableError, requestKernelDevice } from '@csx/wgsl-kernels';
import type { Candidate } from './choose.ts';
import type { HostDevice } from './contract.ts';

/** Adapters and devices stay referenced for the life of the process: Dawn does not survive their collection. */
const kept: (GPUAdapter | GPUDevice)[] = [];

/** Opens a device on a fresh adapter, since an adapter is spent by its first device. */
export async function openDevice(candidate: Candidate): Promise<HostDevice> {
  const adapter = await candidate.fresh();
  if (adapter === null) {
    throw new AdapterUnavailableError(`adapter: ${candidate.description.name} was there and is gone`, {
      hint: 'Run the command again.',
    });
  }
  const { device, features } = await requestKernelDevice(adapter);
  kept.push(adapter, device);
  return { device, features, adapter: candidate.description };
}
