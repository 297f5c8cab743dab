import type { Matrix } from '@csx/wgsl-kernels';
import type { RandomStream } from '../random/stream.ts';
import type { ClassRows } from './sampling-strategy.ts';

/** What a stream decides. Samplers that draw from the same rows draw the same. */
export const samplingDraws = { rows: 0, partners: 1, weights: 2, shares: 3, steps: 4 } as const;

/** One class that is to get rows, and what they may be made of. */
export interface SamplingTask extends ClassRows {
  /** Rows to make. */
  readonly newCount: number;
  /** All rows. */
  readonly latents: Matrix;
  /** [n] */
  readonly labels: Uint32Array;
  /** The class's own stream for one kind of decision. */
  readonly stream: (draw: keyof typeof samplingDraws) => RandomStream;
}

/** Rows to make, each `(1 - weight) * first + weight * second`; a method whose rows have one parent gives it twice. */
export interface SampledRows {
  /** [s] */
  readonly first: Uint32Array;
  /** [s] */
  readonly second: Uint32Array;
  /** [s] Of the second parent, in [0, 1]. */
  readonly weight: Float64Array;
  /** What made them. */
  readonly method: string;
  /** What a user should know about how they were made; a sentence without its end. */
  readonly note?: string;
}
