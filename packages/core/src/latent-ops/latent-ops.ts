import type { Matrix } from '@csx/wgsl-kernels';

export type DistanceMetric = 'squared-l2' | 'l2' | 'cosine';

export interface NearestResult {
  /** [n, k] row-major: rows of `base`, nearest first; equal distances in the order of the lower row. */
  readonly indices: Uint32Array;
  /** [n, k]: the distances in the metric asked for. */
  readonly distances: Float32Array;
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

/** How far a row is from being undecided: the readings of d_normal and d_abnormal in equation (1). */
export type DistanceReading = 'boundary' | 'centroid' | 'probability' | 'density';

export type Placement =
  /** The same weight for every pair (0.5: the middle, "decision boundary re-sampling"). */
  | { readonly kind: 'fixed'; readonly minorWeight: number }
  /** Where the linear boundary between the two classes cuts the segment; 0.5 if it does not. */
  | { readonly kind: 'crossing' }
  /** Equation (1). */
  | {
      readonly kind: 'asymmetric';
      readonly gamma: number;
      readonly pMax: number;
      readonly reading: DistanceReading;
    };

export interface ExtrapolateRequest {
  /** All rows that `minorRows` and `majorRows` index. */
  readonly latents: Matrix;
  /** [p] row of the minor sample of each pair. */
  readonly minorRows: Uint32Array;
  /** [p] row of the major sample of each pair. */
  readonly majorRows: Uint32Array;
  readonly placement: Placement;
  /** Lower clip of P, in [0, 1]; the upper is 1. */
  readonly pMin: number;
  /** For `boundary` and `crossing`: w_minor - w_major, [d], and b_minor - b_major. */
  readonly boundary?: { readonly weights: Float32Array; readonly bias: number };
  /** For `centroid`: the two class means, [d] each. */
  readonly centroids?: { readonly minor: Float32Array; readonly major: Float32Array };
  /** For `probability` (own-class log-odds) and `density` (mean neighbour distance): one value a pair, [p] each. */
  readonly perPair?: { readonly minor: Float32Array; readonly major: Float32Array };
}

export interface ExtrapolateResult {
  /** [p, d]: P * minor + (1 - P) * major. */
  readonly latents: Matrix;
  /** [p]: P, after the clip. */
  readonly minorWeight: Float32Array;
  /** Pairs whose P was clipped. */
  readonly clippedCount: number;
}

/** Which implementation computes, for records and messages. */
export interface LatentOpsDescription {
  readonly kind: 'gpu' | 'cpu';
  /** A line for people: the adapter's name, or "CPU (float64 reference)". */
  readonly name: string;
}

/**
 * The latent-space computations of the method. Two implementations, `gpu` and `cpu`, return the
 * same indices (rows, pairs, selections) and values within the kernels' derived bounds.
 */
export interface LatentOps {
  readonly description: LatentOpsDescription;
  pairwiseDistance(a: Matrix, b: Matrix, metric: DistanceMetric): Promise<Float32Array>;
  nearest(query: Matrix, base: Matrix, k: number, metric?: DistanceMetric): Promise<NearestResult>;
  classMeans(latents: Matrix, labels: Uint32Array, classCount: number): Promise<ClassMeansResult>;
  classProbability(logits: Matrix, labels: Uint32Array): Promise<ClassProbabilityResult>;
  select(request: SelectRequest): Promise<SelectResult>;
  extrapolate(request: ExtrapolateRequest): Promise<ExtrapolateResult>;
  dispose(): void;
}
