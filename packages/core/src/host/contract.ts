import type { AdapterDescription, KernelDevice } from '@csx/wgsl-kernels';

/** Which WebGPU implementation an adapter comes from. */
export type WebGpuImplementation = 'dawn' | 'wgpu' | 'browser';

/** `hardware` refuses software adapters, `software` refuses the others. */
export type AdapterKind = 'hardware' | 'software' | 'any';

/** An adapter as plain data, for records: its own names and a normalised one, limits, features, and where it was found. */
export interface HostAdapter extends AdapterDescription {
  readonly implementation: WebGpuImplementation;
  /** Of Dawn's npm package, of Deno, or of the browser. */
  readonly implementationVersion: string;
  /** `vulkan`, `metal`, `d3d12`, ...; null where the implementation does not tell. */
  readonly backend: string | null;
  /** Lanes of a subgroup, least and most; null where there are none. */
  readonly subgroupSizes: readonly [number, number] | null;
}

/** A device with the limits and features that the kernels need, kept alive by the host. */
export interface HostDevice extends KernelDevice {
  readonly adapter: HostAdapter;
}

/** How to choose an adapter. With nothing given, the implementation's own default. */
export interface AdapterRequest {
  /** A part of the adapter's name, vendor, backend or implementation (in any case), or its place in `listAdapters()`. */
  readonly adapter?: string | number;
  /** Default `any`. */
  readonly kind?: AdapterKind;
  /** Left to the implementation by default. */
  readonly powerPreference?: GPUPowerPreference;
  /** Only this implementation; by default Dawn first, where there are two. */
  readonly implementation?: WebGpuImplementation;
}

/** Memory of this process, in bytes; null where the runtime does not tell. */
export interface ProcessMemory {
  readonly residentBytes: number | null;
  readonly peakResidentBytes: number | null;
  readonly heapUsedBytes: number | null;
}

export type RuntimeName = 'node' | 'bun' | 'deno' | 'browser';

/** The program that runs csx. */
export interface RuntimeDescription {
  readonly name: RuntimeName;
  readonly version: string;
  /** Such as `linux-x64`. */
  readonly platform: string;
  readonly cpuName: string;
  readonly cpuCount: number;
  /** Versions of the optional native packages that are installed. */
  readonly packages: Readonly<Record<string, string>>;
}

/** Something that csx could use and did not find. */
export interface MissingPart {
  readonly what: string;
  /** What works in another way, or not at all, without it. */
  readonly effect: string;
  /** One thing to do. */
  readonly remedy: string;
}

/** Everything `csx doctor` prints. */
export interface DoctorFacts {
  readonly runtime: RuntimeDescription;
  readonly adapters: readonly HostAdapter[];
  /** The adapter that `requestAdapter({ kind: 'hardware' })` takes; null: the CPU path is used. */
  readonly hardwareAdapter: string | null;
  readonly trainingEngine: { readonly package: string; readonly kind: 'native' | 'wasm'; readonly reason: string };
  readonly memory: ProcessMemory;
  readonly missing: readonly MissingPart[];
}

/** What `@csx/core/host` exports, the same on every runtime. */
export interface Host {
  hostName(): RuntimeName;
  describeRuntime(): RuntimeDescription;
  processMemory(): ProcessMemory;
  /**
   * All adapters that can be found, the implementation's default first.
   * Returns an empty list where there are none; throws AdapterUnavailableError only if `webgpu` is broken.
   */
  listAdapters(): Promise<readonly HostAdapter[]>;
  /** An adapter and its device. Throws AdapterUnavailableError, whose hint names the driver to install. */
  requestAdapter(request?: AdapterRequest): Promise<HostDevice>;
  gatherDoctorFacts(): Promise<DoctorFacts>;
}
