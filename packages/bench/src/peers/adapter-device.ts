import { type HostDevice, requestAdapter } from '@csx/core/host';
import { sha256Hex } from '@csx/wgsl-kernels';
import { PeerFailure } from '../worker/peer-failure.ts';
import type { Task } from '../worker/protocol.ts';

let known: Promise<HostDevice> | undefined;
let failure: PeerFailure | undefined;

async function open(adapter: string): Promise<HostDevice> {
  const host = await requestAdapter(adapter === '' ? {} : { adapter });
  host.device.addEventListener('uncapturederror', ({ error }) => {
    failure ??= new PeerFailure('failed', error.message);
  });
  host.device.lost.then(({ reason, message }) => {
    failure ??= new PeerFailure('lost', `the device was lost (${reason}): ${message}`);
  });
  return host;
}

/** The device that all WebGPU candidates compute on, each in its own process: the same adapter, with its own limits. */
export function adapterDevice({ adapter }: Task): Promise<HostDevice> {
  known ??= open(adapter);
  return known;
}

/** Resolves when the device has done what was submitted. Throws if it refused any of it, or is lost: both are fast. */
export async function deviceDone(device: GPUDevice): Promise<void> {
  // What waits for a lost device may never be told.
  await Promise.race([device.queue.onSubmittedWorkDone(), device.lost]);
  if (failure !== undefined) throw failure;
}

/** The WGSL that a device compiles: `start` forgets what came before, `hashes` gives the sha256 of each by label. */
export function watchShaders(device: GPUDevice) {
  let sources: Record<string, string> = {};
  const create = device.createShaderModule.bind(device);
  device.createShaderModule = (descriptor) => {
    const { code, label = '' } = descriptor;
    // Variants of one kernel share their label.
    let name = label;
    for (let i = 2; sources[name] !== undefined && sources[name] !== code; i++) name = `${label} (${i})`;
    sources[name] = code;
    return create(descriptor);
  };
  return {
    start() {
      sources = {};
    },
    async hashes(): Promise<Record<string, string>> {
      const entries = Object.entries(sources).map(
        async ([name, code]) => [name, await sha256Hex(new TextEncoder().encode(code))] as const,
      );
      return Object.fromEntries(await Promise.all(entries));
    },
  };
}
