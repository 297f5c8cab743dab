import { createHash } from 'node:crypto';
import type { LatentOps, RunRecord, TrainingEngine } from '@csx/core';
import { describeRuntime, requestAdapter } from '@csx/core/host';
import { kernelSources } from '@csx/wgsl-kernels';
import type { RunSettings } from '../settings/run-settings.ts';
import { chooseDevice } from './choose-device.ts';
import { cpuThreads, openEngine } from './open-engine.ts';
import { openLatentOps } from './open-latent-ops.ts';

/** What a run computes with, and its description for the record. */
export interface Machine {
  readonly latentOps: LatentOps;
  readonly engine: TrainingEngine;
  /** Frees what the engine holds on a device. */
  readonly disposeEngine: () => void;
  readonly environment: RunRecord['environment'];
  /** Why this device: a line for people. */
  readonly reason: string;
}

function hashSources(): Record<string, string> {
  const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
  return Object.fromEntries(Object.entries(kernelSources()).map(([label, code]) => [label, sha256(code)]));
}

/** Opens the device and the training engine that the settings ask for. */
export async function openMachine(
  settings: Pick<RunSettings, 'device' | 'adapter' | 'engine' | 'threads'>,
): Promise<Machine> {
  const runtime = describeRuntime();
  const device = await chooseDevice(settings, requestAdapter);
  const { engine, dispose } = await openEngine(settings, device, runtime.cpuCount);
  const latentOps = await openLatentOps(device, cpuThreads(settings.threads, runtime.cpuCount));
  return {
    latentOps,
    engine,
    disposeEngine: dispose,
    reason: device.reason,
    environment: {
      runtime: `${runtime.name} ${runtime.version}`,
      platform: runtime.platform,
      latentOps: latentOps.description,
      adapter: device.kind === 'gpu' ? { ...device.host.adapter } : null,
      trainingEngine: engine.name,
      versions: { ...runtime.packages },
      wgslHashes: device.kind === 'gpu' ? hashSources() : {},
    },
  };
}
