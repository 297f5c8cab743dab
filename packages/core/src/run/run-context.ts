import type { ImageDataset } from '../data/image-set.ts';
import type { FileStore } from '../files/file-store.ts';
import type { LatentOps } from '../latent-ops/latent-ops.ts';
import type { TrainingEngine } from '../training/engine.ts';
import type { RunConfig } from './config.ts';
import type { RunEvent } from './events.ts';

/** What every stage of a run works with. */
export interface RunContext {
  readonly config: RunConfig;
  readonly dataset: ImageDataset;
  readonly latentOps: LatentOps;
  readonly engine: TrainingEngine;
  readonly files: FileStore;
  /** What `files` is to hold in the end: everything, or the record alone. */
  readonly outputs: 'all' | 'record';
  /** Writes a file that a resumed run goes on from. */
  readonly checkpoint: (name: string, bytes: Uint8Array) => Promise<void>;
  readonly emit: (event: RunEvent) => void;
  /** Checked between training steps; an abort leaves the last checkpoint. */
  readonly signal: AbortSignal | undefined;
}
