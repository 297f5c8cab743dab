import type { LatentOps, TrainingEngine } from '@csx/core';
import type { Candidate } from '../measure.ts';

/** What the suites of a run share. */
export interface BenchMachine {
  /** The float64 reference, and the adapter's kernels where there is an adapter. */
  readonly latentOps: readonly LatentOps[];
  readonly engine: TrainingEngine;
}

/** Candidates that do the same work; `flop` is the work of one run. */
export interface Suite {
  readonly name: string;
  readonly shape: string;
  readonly flop: number;
  readonly candidates: readonly Candidate[];
  readonly dispose?: () => Promise<void>;
}
