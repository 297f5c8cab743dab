import type { ImageDataset } from '../../src/data/image-set.ts';
import { MemoryStore } from '../../src/files/memory-store.ts';
import { createCpuLatentOps } from '../../src/latent-ops/cpu-latent-ops.ts';
import type { LatentOps } from '../../src/latent-ops/latent-ops.ts';
import { type RunConfigInput, runConfigSchema } from '../../src/run/config.ts';
import type { RunRecord } from '../../src/run/record.ts';
import { runExperiment } from '../../src/run/run-experiment.ts';
import type { RunInput } from '../../src/run/run-input.ts';
import type { TrainingEngine } from '../../src/training/engine.ts';

export interface TinyRun extends Partial<Pick<RunInput, 'files' | 'resume' | 'signal' | 'onEvent'>> {
  readonly config: RunConfigInput;
  readonly dataset: ImageDataset;
  readonly engine: TrainingEngine;
  /** On the CPU unless told. */
  readonly latentOps?: LatentOps;
  readonly peakMemoryBytes?: number;
}

/** A run in memory. */
export function runTiny({ config, engine, peakMemoryBytes = 0, ...given }: TinyRun): Promise<RunRecord> {
  const { latentOps = createCpuLatentOps() } = given;
  return runExperiment({
    files: new MemoryStore(),
    resume: false,
    onEvent: () => undefined,
    ...given,
    config: runConfigSchema.parse(config),
    latentOps,
    engine,
    peakMemoryBytes: () => peakMemoryBytes,
    environment: {
      runtime: 'test',
      platform: 'test',
      latentOps: latentOps.description,
      adapter: null,
      trainingEngine: engine.name,
      versions: {},
      wgslHashes: {},
    },
  });
}

/** A record without what differs from one time to the next. */
export function timeless({ timing: _, ...record }: RunRecord) {
  return record;
}
