import type { RowSource } from '../out-of-core/row-source.ts';
import type { RowScan } from '../out-of-core/scan-rows.ts';
import type { Classifier } from './extrapolation.ts';
import type { ResamplePlan } from './plan-resample.ts';

/** What is resampled where rows are read in blocks. */
export interface SampleInBlocksInput {
  readonly source: RowSource;
  /** [n] class indices */
  readonly labels: Uint32Array;
  readonly classCount: number;
  readonly plan: ResamplePlan;
  /** Of the source. */
  readonly scan: RowScan;
  readonly classifier?: Omit<Classifier, 'heldOut'>;
}

/** Where neighbors are searched, of rows of the source among rows of the source: places among `base`. */
export type SearchNearest = (
  query: Uint32Array,
  base: Uint32Array,
  k: number,
  what: string,
) => Promise<{ readonly indices: Uint32Array }>;
