import { createCpuLatentOps, createGpuLatentOps, type LatentOps, tunedChoice } from '@csx/core';
import { readTuning } from '@csx/core/files';
import type { HostDevice } from '@csx/core/host';
import type { SessionOptions } from '@csx/wgsl-kernels';
import type { ChosenDevice } from './choose-device.ts';

/** What `csx bench tune` measured on a device. */
async function measured(host: HostDevice): Promise<Pick<SessionOptions, 'variantChoice'>> {
  const table = await readTuning(host.adapter);
  return table === undefined ? {} : { variantChoice: await tunedChoice(table, host) };
}

/** The latent operations of a device: on the CPU with so many threads, on a GPU by the kernels that were measured to be the fastest there, if they were. */
export async function openLatentOps(
  device: ChosenDevice,
  threads: number,
  options: SessionOptions = {},
): Promise<LatentOps> {
  if (device.kind === 'cpu') return createCpuLatentOps({ threads });
  return createGpuLatentOps(device.host, { ...options, ...(await measured(device.host)) });
}
