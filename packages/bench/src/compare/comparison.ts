import type { Ratio } from '../harness/statistics.ts';
import type { TimingPart } from './timing-parts.ts';

/** Where work is done. Times of different places are never set beside each other. */
export const places = ['gpu', 'software', 'cpu'] as const;
export type Place = (typeof places)[number];

/** Slower and faster where the 95 % interval of the ratio leaves out 1. */
export type Verdict = 'faster' | 'slower' | 'no difference' | 'too few samples' | 'one run';

/** A candidate at a case. */
export interface KernelName {
  readonly suite: string;
  readonly caseName: string;
  /** Name of the candidate. */
  readonly candidate: string;
  /** What tables call it. */
  readonly title: string;
}

/** Whether a candidate is csx itself: its float64 reference is only there to be right. */
export const isOwn = (candidate: string): boolean => candidate.startsWith('csx-') && candidate !== 'csx-reference';

/** One record beside the baseline. */
export interface ComparedTime {
  readonly record: string;
  readonly ms: number;
  readonly sampleCount: number;
  /** Its time / the baseline's. Of a single run there is no interval. */
  readonly ratio: Ratio | { readonly ratio: number };
  readonly verdict: Verdict;
}

export interface ComparedKernel extends KernelName {
  readonly part: TimingPart;
  readonly baselineMs: number;
  readonly baselineSampleCount: number;
  readonly others: readonly ComparedTime[];
}

/** Over the cases of a suite that a record and the baseline both have. */
export interface SuiteMean extends Omit<KernelName, 'caseName'> {
  readonly part: TimingPart;
  readonly record: string;
  /** Geometric mean of the ratios; the least and the largest of them. */
  readonly ratio: number;
  readonly least: number;
  readonly largest: number;
  readonly caseCount: number;
}

/** Records that may be ranked with each other. */
export interface PlaceGroup {
  readonly place: Place;
  readonly records: readonly string[];
  /** The comparison's, or the first of the group where that one is not in it. */
  readonly baseline: string;
  readonly kernels: readonly ComparedKernel[];
  readonly means: readonly SuiteMean[];
}

export interface NotCompared extends KernelName {
  readonly place: Place;
  /** The records that are left out. */
  readonly records: readonly string[];
  /** null: all of them. */
  readonly part: TimingPart | null;
  readonly reason: string;
}

/** What may be compared of some records, and why the rest may not. */
export interface Comparison {
  readonly baseline: string;
  readonly groups: readonly PlaceGroup[];
  readonly notCompared: readonly NotCompared[];
}
