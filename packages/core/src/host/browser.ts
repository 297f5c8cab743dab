import type { ProcessMemory, RuntimeDescription } from './contract.ts';
import { createHost } from './create-host.ts';
import { driverHint } from './driver-hint.ts';
import { createNavigatorSource } from './navigator-gpu.ts';

export type * from './contract.ts';

/** `Chrome/147.0.0.0`, or the whole user agent where no known browser is named. */
function browserVersion(): string {
  const agent = globalThis.navigator?.userAgent ?? 'unknown';
  return /(?:HeadlessChrome|Edg|Chrome|Firefox|Version)\/[\d.]+/.exec(agent)?.[0] ?? agent;
}

function describe(): RuntimeDescription {
  const { platform = 'unknown', hardwareConcurrency = 1 } = globalThis.navigator ?? {};
  return {
    name: 'browser',
    version: browserVersion(),
    platform,
    cpuName: 'unknown',
    cpuCount: hardwareConcurrency,
    packages: {},
  };
}

function memory(): ProcessMemory {
  // Chromium alone has this.
  const { memory } = globalThis.performance as { memory?: { usedJSHeapSize: number } };
  return { residentBytes: null, peakResidentBytes: null, heapUsedBytes: memory?.usedJSHeapSize ?? null };
}

/** The browser: its own `navigator.gpu`. */
export const { hostName, describeRuntime, processMemory, listAdapters, requestAdapter, gatherDoctorFacts } = createHost(
  'browser',
  {
    sources: [
      createNavigatorSource('browser', browserVersion(), {
        reason: 'navigator.gpu is missing or gives no adapter',
        remedy: driverHint('browser'),
      }),
    ],
    operatingSystem: 'browser',
    describeRuntime: describe,
    processMemory: memory,
    trainingEngine: () => ({ package: 'onnxruntime-web', kind: 'wasm', reason: 'browsers run wasm' }),
  },
);
