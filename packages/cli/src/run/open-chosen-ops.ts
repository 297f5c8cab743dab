import type { LatentOps } from '@csx/core';
import type { FlagValues } from '../args/flag.ts';
import { parseValue } from '../args/parse-value.ts';
import { machineFlags } from '../settings/machine-flags.ts';
import { type ChosenDevice, chooseDevice } from './choose-device.ts';

/** Where the latent work of a command is done. */
export const deviceFlags = machineFlags.filter(({ name }) => name === 'device' || name === 'adapter');

/**
 * The operations on the device that flags and variables choose, and a line that says why.
 *
 * @param ownBytes most memory that they keep for themselves, beside what they are given and give.
 */
export async function openChosenOps(
  flags: FlagValues,
  environment: Readonly<Record<string, string | undefined>>,
  ownBytes: number,
): Promise<{ ops: LatentOps; device: ChosenDevice; threads: number }> {
  const { cpuThreads } = await import('./open-engine.ts');
  const { openLatentOps } = await import('./open-latent-ops.ts');
  const { describeRuntime, requestAdapter } = await import('@csx/core/host');
  const [device, adapter] = deviceFlags.map(({ name, type, environment: variable = '' }) => {
    const text = environment[variable];
    return flags.get(name) ?? (text ? parseValue(type, text, variable) : undefined);
  });
  const choice = { device: (device ?? 'auto') as 'auto' | 'gpu' | 'cpu', adapter: adapter as string | undefined };
  const chosen = await chooseDevice(choice, requestAdapter);
  const threads = cpuThreads(undefined, describeRuntime().cpuCount);
  return { ops: await openLatentOps(chosen, threads, ownBytes), device: chosen, threads };
}
