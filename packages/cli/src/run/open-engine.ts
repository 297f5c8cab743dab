import { createOnnxEngine, createWgslEngine, type TrainingEngine } from '@csx/core';
import { AdapterUnavailableError } from '@csx/wgsl-kernels';
import type { RunSettings } from '../settings/run-settings.ts';
import type { ChosenDevice } from './choose-device.ts';

/** More only wait for each other in graphs of this size. */
const mostThreads = 16;

/** Threads of what computes on the CPU: as many as asked for, or as it has. */
export function cpuThreads(threads: number | undefined, cpuCount: number): number {
  return threads ?? Math.min(cpuCount, mostThreads);
}

export interface OpenedEngine {
  readonly engine: TrainingEngine;
  /** Frees what it holds on a device. */
  readonly dispose: () => void;
}

/**
 * The engine that trains: on the device of the latent work if that is a GPU, else on the CPU, where a software adapter
 * would only be slower.
 * @throws AdapterUnavailableError when it is to train on a GPU, and the latent work found none
 */
export async function openEngine(
  settings: Pick<RunSettings, 'engine' | 'threads'>,
  device: ChosenDevice,
  cpuCount: number,
): Promise<OpenedEngine> {
  const { engine: choice } = settings;
  if (device.kind === 'gpu' && (choice === 'gpu' || (choice === 'auto' && !device.host.adapter.isSoftware))) {
    const engine = createWgslEngine(device.host);
    return { engine, dispose: () => engine.dispose() };
  }
  if (choice === 'gpu') {
    throw new AdapterUnavailableError(`training on a GPU: the latent work is done ${device.reason}`, {
      hint: 'Install a driver, name a software adapter with --adapter, or leave out --engine gpu.',
    });
  }
  const engine = await createOnnxEngine({ threads: cpuThreads(settings.threads, cpuCount) });
  return { engine, dispose: () => undefined };
}
