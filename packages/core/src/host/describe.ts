import { describeAdapter } from '@csx/wgsl-kernels';
import type { HostAdapter } from './contract.ts';

function subgroupSizes(adapter: GPUAdapter): HostAdapter['subgroupSizes'] {
  const { subgroupMinSize, subgroupMaxSize } = adapter.info;
  if (!adapter.features.has('subgroups') || subgroupMinSize === undefined || subgroupMaxSize === undefined) return null;
  return [subgroupMinSize, subgroupMaxSize];
}

/** Reads an adapter into plain data, and adds where it was found. */
export function describeHostAdapter(
  adapter: GPUAdapter,
  origin: Pick<HostAdapter, 'implementation' | 'implementationVersion' | 'backend'>,
): HostAdapter {
  return { ...describeAdapter(adapter), ...origin, subgroupSizes: subgroupSizes(adapter) };
}

/** Whether a request by text means this adapter: a part of one of its names, of its backend or its implementation. */
export function matchesText(adapter: HostAdapter, text: string): boolean {
  const { name, backend, implementation, vendor, architecture, device, description } = adapter;
  const names = [name, backend ?? '', implementation, vendor, architecture, device, description];
  return names.some((one) => one.toLowerCase().includes(text.toLowerCase()));
}
