import type { AdapterRequest, HostDevice } from '@csx/core/host';
import { AdapterUnavailableError, LimitExceededError } from '@csx/wgsl-kernels';
import type { DeviceChoice } from '../settings/run-settings.ts';

/** Where the latent work is done, and a line that says why. */
export type ChosenDevice =
  | { readonly kind: 'gpu'; readonly host: HostDevice; readonly reason: string }
  | { readonly kind: 'cpu'; readonly reason: string };

type RequestAdapter = (request: AdapterRequest) => Promise<HostDevice>;

function describe({ adapter }: HostDevice): string {
  const { name, device, description: model, backend, implementation } = adapter;
  return `on ${device || model || name} (${[implementation, backend].filter(Boolean).join(', ')})`;
}

/** `--adapter software` means any of them; another word is a part of an adapter's name. */
function namedRequest(adapter: string): AdapterRequest {
  return adapter === 'software' || adapter === 'hardware' ? { kind: adapter } : { adapter, kind: 'any' };
}

/**
 * Chooses between a WebGPU adapter and the CPU path. A software adapter computes on the CPU too, only
 * slower than the CPU path, so it is taken only when it is named.
 * @throws AdapterUnavailableError when a GPU was asked for and there is none; its hint names the driver to install.
 */
export async function chooseDevice(
  choice: { readonly device: DeviceChoice; readonly adapter: string | undefined },
  requestAdapter: RequestAdapter,
): Promise<ChosenDevice> {
  const { device, adapter } = choice;
  if (device === 'cpu') return { kind: 'cpu', reason: 'on the CPU, as asked for' };
  if (adapter !== undefined) {
    const host = await requestAdapter(namedRequest(adapter));
    const warning = host.adapter.isSoftware ? '; a software adapter, slower than --device cpu' : '';
    return { kind: 'gpu', host, reason: `${describe(host)}, as named${warning}` };
  }
  if (device === 'gpu') {
    const host = await requestAdapter({ kind: 'hardware' });
    return { kind: 'gpu', host, reason: `${describe(host)}, as asked for` };
  }
  try {
    const host = await requestAdapter({ kind: 'hardware' });
    return { kind: 'gpu', host, reason: `${describe(host)}, a hardware adapter` };
  } catch (error) {
    if (!(error instanceof AdapterUnavailableError || error instanceof LimitExceededError)) throw error;
    return { kind: 'cpu', reason: `on the CPU: ${error.message.replace(/^adapter: /, '')}` };
  }
}
