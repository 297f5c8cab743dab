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

/**
 * The latent operations of a device: on the CPU with so many threads, on a GPU by the kernels that were measured to be the
 * fastest there, if they were.
 *
 * @param ownBytes most memory that they keep for themselves, beside what they are given and give: their default if undefined.
 */
export async function openLatentOps(device: ChosenDevice, threads: number, ownBytes?: number): Promise<LatentOps> {
  if (device.kind === 'cpu')
    return createCpuLatentOps({ threads, ...(ownBytes !== undefined && { searchBytes: ownBytes }) });
  const limit = ownBytes === undefined ? {} : { poolLimitBytes: ownBytes };
  return createGpuLatentOps(device.host, { ...limit, ...(await measured(device.host)) });
}
