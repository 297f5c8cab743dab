import type {
  DistanceMetric,
  DistanceReading,
  ExtrapolateInput,
  Matrix,
  Neighbors,
  Placement,
} from '@csx/wgsl-kernels';

export type { DistanceMetric, DistanceReading, Placement };
/** Sample pairs and how to place a new latent for each. */
export type ExtrapolateRequest = ExtrapolateInput;

export interface NearestResult extends Neighbors {
  /** Rows that f32 could not make certain of, and float64 searched again. */
  readonly recomputedCount: number;
}

export interface ClassMeansResult {
  /** [c, d]; a class without rows has a mean of zeros. */
  readonly means: Matrix;
  readonly classCounts: Uint32Array;
}

export interface ClassProbabilityResult {
  /** [n]: softmax probability at the row's own class. */
  readonly probability: Float32Array;
  /** [n]: own logit minus the logsumexp of the others; ranks as the probability does, without saturating. */
  readonly logOdds: Float32Array;
}

export interface SelectRequest {
  readonly logits: Matrix;
  /** [n]: the class whose log-odds rank the row. */
  readonly labels: Uint32Array;
  /** How many rows to take, exactly. */
  readonly count: number;
  /** `bottom`: the least sure rows. `top`: the surest. */
  readonly side: 'bottom' | 'top';
}

export interface SelectResult {
  /** [count] ascending row indices; equal scores go to the lower row. */
  readonly rows: Uint32Array;
  /** [n] for all rows, for reports. */
  readonly probability: Float32Array;
  readonly logOdds: Float32Array;
}

export interface ExtrapolateResult {
  /** [p, d]: P * minor + (1 - P) * major. */
  readonly latents: Matrix;
  /** [p]: P, after the clip. */
  readonly minorWeight: Float32Array;
  /** Pairs whose P was clipped. */
  readonly clippedCount: number;
}

/** A matrix that is where the operations compute, until it is released. */
export interface KeptMatrix {
  readonly matrix: Matrix;
  release(): void;
}

/** Which implementation computes, for records and messages. */
export interface LatentOpsDescription {
  readonly kind: 'gpu' | 'cpu';
  /** A line for people: the adapter's name, or how the CPU computes. */
  readonly name: string;
}

/**
 * The latent-space computations of the method. Two implementations, `gpu` and `cpu`, return the
 * same indices (rows, pairs, selections) and values within the kernels' derived bounds.
 */
export interface LatentOps {
  readonly description: LatentOpsDescription;
  /** Largest matrix that `keep` keeps, in bytes. */
  readonly largestKeptBytes: number;
  /**
   * The same matrix, for operations that take it or rows of it again and again: on a GPU it is sent once, if it fits in
   * a binding. Its values may not change.
   */
  keep(matrix: Matrix): Promise<KeptMatrix>;
  pairwiseDistance(a: Matrix, b: Matrix, metric: DistanceMetric): Promise<Float32Array>;
  nearest(query: Matrix, base: Matrix, k: number, metric?: DistanceMetric): Promise<NearestResult>;
  classMeans(latents: Matrix, labels: Uint32Array, classCount: number): Promise<ClassMeansResult>;
  classProbability(logits: Matrix, labels: Uint32Array): Promise<ClassProbabilityResult>;
  select(request: SelectRequest): Promise<SelectResult>;
  extrapolate(request: ExtrapolateRequest): Promise<ExtrapolateResult>;
  dispose(): void;
}
