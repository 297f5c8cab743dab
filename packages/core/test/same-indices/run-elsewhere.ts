import { requestAdapter } from '@csx/core/host';
import type { AdapterRequest } from '../../src/host/contract.ts';
import { createGpuLatentOps } from '../../src/latent-ops/gpu-latent-ops.ts';
import { computeIndices, type Indices } from './compute-indices.ts';

/** What one runtime and adapter found. */
export interface Outcome {
  /** Such as `dawn swiftshader`. */
  readonly adapter: string;
  /** Set of latents -> its indices. */
  readonly sets: Readonly<Record<string, Indices>>;
}

/** Fetches the sets of latents from the test's server and computes their indices with this runtime's host. */
export async function runElsewhere(url: string, names: readonly string[], request: AdapterRequest): Promise<Outcome> {
  const kernelDevice = await requestAdapter(request);
  const ops = createGpuLatentOps(kernelDevice);
  const sets: Record<string, Indices> = {};
  for (const name of names) {
    const response = await fetch(`${url}/${name}`);
    if (!response.ok) throw new Error(`${name}: ${response.status}`);
    sets[name] = await computeIndices(ops, new Uint8Array(await response.arrayBuffer()), name);
  }
  ops.dispose();
  return { adapter: `${kernelDevice.adapter.implementation} ${kernelDevice.adapter.name}`, sets };
}
