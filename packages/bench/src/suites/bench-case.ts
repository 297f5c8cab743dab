import type { Task } from '../worker/protocol.ts';
import type { CandidateName } from './candidates.ts';

/** What the cases of a run depend on. */
export interface BenchContext {
  /** A part of the adapter's name; the default one where empty. */
  readonly adapter: string;
  /** A GPU is there: larger cases make sense. */
  readonly hasGpu: boolean;
  readonly threads: number;
  readonly seed: number;
}

/** How far a result is from what it should be. */
export interface Judgement {
  readonly what: string;
  readonly error: number;
  readonly bound: number;
}

/** A task, made ready in a folder, and how its results are judged. */
export interface PreparedCase {
  readonly task: Task;
  /** `values` is what a candidate's `check` gave, `reference` what the case's reference candidate gave. */
  judge(values: Float32Array, reference: Float32Array, candidate: CandidateName): Judgement;
}

/** One task that several candidates do. */
export interface BenchCase {
  readonly suite: string;
  readonly name: string;
  /** What one run is. */
  readonly what: string;
  readonly shape: Readonly<Record<string, number | string>>;
  readonly flop: number;
  readonly bytes: number | null;
  readonly candidates: readonly CandidateName[];
  /** Time ratios refer to it. */
  readonly baseline: CandidateName;
  /** Its result is what the others' are compared with; none where the judge knows the truth. */
  readonly reference?: CandidateName;
  readonly scaled?: { readonly what: string; readonly factor: number };
  /** Fewer samples than asked for on the command line, for long tasks. */
  readonly mostSamples?: number;
  prepare(folder: string): Promise<PreparedCase>;
}
