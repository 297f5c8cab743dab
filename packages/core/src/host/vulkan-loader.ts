import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';

const loader = 'libvulkan.so.1';

/**
 * Whether the dynamic linker of Linux would find the Vulkan loader: in LD_LIBRARY_PATH, in its cache, or in
 * the default folders. Asked first because Dawn prints a warning of its own, past our streams, each time it does not.
 */
export function hasVulkanLoader(environment: Readonly<Record<string, string | undefined>> = process.env): boolean {
  const folders = (environment.LD_LIBRARY_PATH ?? '').split(/[:;]/).filter((folder) => folder !== '');
  const defaults = ['/lib', '/usr/lib', '/lib64', '/usr/lib64'];
  if ([...folders, ...defaults].some((folder) => existsSync(join(folder, loader)))) return true;
  const cache = '/etc/ld.so.cache';
  return existsSync(cache) && readFileSync(cache).includes(loader);
}
