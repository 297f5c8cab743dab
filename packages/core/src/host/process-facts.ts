import { existsSync, readFileSync } from 'node:fs';
import { availableParallelism, cpus } from 'node:os';
import process from 'node:process';
import type { ProcessMemory, RuntimeDescription, RuntimeName } from './contract.ts';
import { packageVersion } from './installed-packages.ts';

/** The optional native packages whose versions belong into every record. */
const optionalPackages = ['webgpu', 'onnxruntime-node', 'onnxruntime-web', '@tensorflow/tfjs'] as const;

/** The same on Node, Bun and Deno, which all have `node:process`. */
export function describeProcess(name: RuntimeName): RuntimeDescription {
  const packages: Record<string, string> = {};
  for (const dependency of optionalPackages) {
    const version = packageVersion(dependency);
    if (version !== undefined) packages[dependency] = version;
  }
  return {
    name,
    version: process.versions[name] ?? process.version,
    platform: `${process.platform}-${process.arch}`,
    cpuName: cpus()[0]?.model.trim() ?? 'unknown',
    cpuCount: availableParallelism(),
    packages,
  };
}

/** Resident memory from the kernel where it tells (Linux), since the runtimes disagree on the unit of maxRSS. */
export function measureProcessMemory(): ProcessMemory {
  const usage = process.memoryUsage();
  const status = '/proc/self/status';
  const peak = existsSync(status) ? /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(status, 'utf8')) : null;
  return {
    residentBytes: usage.rss,
    peakResidentBytes: peak === null ? null : Number(peak[1]) * 1024,
    heapUsedBytes: usage.heapUsed,
  };
}
