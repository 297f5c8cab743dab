import type { AdapterSource, Candidate, MissingAdapter } from './choose.ts';
import type { WebGpuImplementation } from './contract.ts';
import { describeHostAdapter } from './describe.ts';

/** Adapters of a WebGPU that the runtime has built in: a browser's, or Deno's. */
export function createNavigatorSource(
  implementation: WebGpuImplementation,
  implementationVersion: string,
  missing: MissingAdapter,
): AdapterSource {
  async function candidate(options: GPURequestAdapterOptions): Promise<Candidate | null> {
    const gpu = (globalThis.navigator as { gpu?: GPU } | undefined)?.gpu;
    if (gpu === undefined) return null;
    const fresh = () => gpu.requestAdapter(options);
    const adapter = await fresh();
    if (adapter === null) return null;
    return {
      description: describeHostAdapter(adapter, { implementation, implementationVersion, backend: null }),
      fresh,
    };
  }
  return {
    implementation,
    preferred: (powerPreference) => candidate(powerPreference === undefined ? {} : { powerPreference }),
    async all() {
      // There is no list to ask for: the four requests that can give different adapters.
      const requests: readonly GPURequestAdapterOptions[] = [
        {},
        { powerPreference: 'high-performance' },
        { powerPreference: 'low-power' },
        { forceFallbackAdapter: true },
      ];
      const found = new Map<string, Candidate>();
      for (const options of requests) {
        const one = await candidate(options);
        if (one === null) continue;
        const key = JSON.stringify(one.description);
        if (!found.has(key)) found.set(key, one);
      }
      return [...found.values()];
    },
    whyNothing: () => missing,
  };
}
