import type { ImageDataset } from '../data/image-set.ts';
import type { FileStore } from '../files/file-store.ts';
import type { LatentOps } from '../latent-ops/latent-ops.ts';
import type { TrainingEngine } from '../training/engine.ts';
import type { RunConfig } from './config.ts';
import type { RunEvent } from './events.ts';
import type { RunRecord } from './record.ts';
import type { RunContext } from './run-context.ts';

export interface RunInput {
  readonly config: RunConfig;
  readonly dataset: ImageDataset;
  readonly latentOps: LatentOps;
  readonly engine: TrainingEngine;
  /** Where checkpoints and results go. */
  readonly files: FileStore;
  /** Go on with the run that `files` holds. */
  readonly resume: boolean;
  readonly environment: RunRecord['environment'];
  /** `record` keeps the record alone, without models, latents, split and pictures; `all` unless told. */
  readonly outputs?: RunContext['outputs'];
  readonly onEvent: (event: RunEvent) => void;
  readonly signal?: AbortSignal | undefined;
  /** Peak resident memory of the process so far, in bytes; 0 where the runtime does not tell. */
  readonly peakMemoryBytes: () => number;
}
