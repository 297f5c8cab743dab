import { AdapterUnavailableError } from '../errors.ts';
import { normalizedAdapterName, softwareDriverName } from './adapter-names.ts';

/** An adapter as plain data, for records and messages. */
export interface AdapterDescription {
  /** What the WebGPU implementation says, unchanged: the same driver is named differently by Dawn, wgpu and Chrome. */
  readonly vendor: string;
  readonly architecture: string;
  readonly device: string;
  readonly description: string;
  /** One name for the same hardware or driver under every implementation, e.g. `swiftshader`, `nvidia-geforce-rtx-4090`. */
  readonly name: string;
  /** Computes on the CPU: SwiftShader, lavapipe, WARP. */
  readonly isSoftware: boolean;
  /** Limits of the adapter by their WebGPU names. */
  readonly limits: Readonly<Record<string, number>>;
  /** Features of the adapter, sorted. */
  readonly features: readonly string[];
}

/** A device with the most that its adapter gives, and where it comes from. */
export interface KernelDevice {
  readonly device: GPUDevice;
  readonly adapter: AdapterDescription;
  /** Features the device was given, sorted. */
  readonly features: readonly string[];
}

/** Limits that kernels profit from; WebGPU gives the defaults (128 MiB bindings) unless it is asked for more. */
const wantedLimits = [
  'maxStorageBufferBindingSize',
  'maxBufferSize',
  'maxStorageBuffersPerShaderStage',
  'maxComputeWorkgroupStorageSize',
  'maxComputeInvocationsPerWorkgroup',
  'maxComputeWorkgroupSizeX',
  'maxComputeWorkgroupSizeY',
  'maxComputeWorkgroupSizeZ',
  'maxComputeWorkgroupsPerDimension',
] as const;

const wantedFeatures: readonly GPUFeatureName[] = ['subgroups', 'shader-f16', 'timestamp-query'];

function limitsOf(limits: GPUSupportedLimits): Record<string, number> {
  const result: Record<string, number> = {};
  // The values are getters on the prototype, so they are not own keys.
  const names = new Set([...Object.keys(limits), ...Object.keys(Object.getPrototypeOf(limits) as object)]);
  for (const name of [...names].sort()) {
    const value: unknown = (limits as unknown as Record<string, unknown>)[name];
    if (typeof value === 'number') result[name] = value;
  }
  return result;
}

/** Describes an adapter; asks nothing of it. */
export function describeAdapter(adapter: GPUAdapter): AdapterDescription {
  const { vendor, architecture, device, description, isFallbackAdapter } = adapter.info;
  const raw = { vendor, architecture, device, description };
  return {
    ...raw,
    name: normalizedAdapterName(raw),
    isSoftware: isFallbackAdapter === true || softwareDriverName(raw) !== undefined,
    limits: limitsOf(adapter.limits),
    features: [...adapter.features].sort(),
  };
}

/**
 * Requests a device with the adapter's own limits and the features that kernels can use. An adapter is spent by its
 * first device. Throws AdapterUnavailableError. The caller keeps the adapter, the device, and in Node the object that
 * Dawn's `create()` returned, referenced: Dawn dies when that object is collected.
 */
export async function requestKernelDevice(adapter: GPUAdapter): Promise<KernelDevice> {
  const description = describeAdapter(adapter);
  const requiredLimits: Record<string, number> = {};
  for (const name of wantedLimits) {
    const value = description.limits[name];
    if (value !== undefined) requiredLimits[name] = value;
  }
  const requiredFeatures = wantedFeatures.filter((feature) => adapter.features.has(feature));
  try {
    const device = await adapter.requestDevice({ label: 'csx', requiredLimits, requiredFeatures });
    return { device, adapter: description, features: [...device.features].sort() };
  } catch (error) {
    throw new AdapterUnavailableError(`adapter ${description.name}: gives no device: ${String(error)}`, {
      hint: 'Request a new adapter: each gives one device.',
      cause: error,
    });
  }
}
