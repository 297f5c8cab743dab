import { InvalidInputError, type Matrix, type PlacementSource } from '@csx/wgsl-kernels';
import type { DistanceReading, ExtrapolateRequest, LatentOps, Placement } from '../latent-ops/latent-ops.ts';
import { checkChoice } from './check-choice.ts';
import type { ClassPair } from './class-pairs.ts';
import { gatherRows } from './class-rows.ts';
import type { SamplePairs } from './sample-pairs.ts';
import type { SampleArm } from './schedule.ts';

/** The last linear layer: `logits = latents * weights + bias`. */
export interface ClassifierHead {
  /** [d, c] */
  readonly weights: Matrix;
  /** [c] */
  readonly bias: Float32Array;
}

export interface PlacementOptions {
  /** Where arms other than asymmetric put a sample: half way, or where the classifier is undecided. */
  readonly placement: 'middle' | 'crossing';
  /** d_normal and d_abnormal of equation (1). */
  readonly reading: DistanceReading;
  readonly gamma: number;
  readonly pMax: number;
  /** Lower clip of P. */
  readonly pMin: number;
}

export interface PlacementInput {
  /** All rows that `samplePairs` indexes. */
  readonly latents: Matrix;
  readonly samplePairs: SamplePairs;
  readonly pair: ClassPair;
  readonly placement: Placement;
  readonly pMin: number;
  /** For `boundary` and `crossing`. */
  readonly head?: ClassifierHead | undefined;
  /** For `centroid`: [c, d]. */
  readonly classMeans?: Matrix | undefined;
  /** For `probability`: [n, c], of the rows of `latents`. */
  readonly logits?: Matrix | undefined;
  /** For `density`: [n], of the rows of `latents`; see {@link classDensity}. */
  readonly density?: Float32Array | undefined;
}

/** Where an arm puts its samples: equation (1) for asymmetric, else the placement chosen for the others. */
export function placementOf(arm: SampleArm, options: PlacementOptions): Placement {
  if (arm === 'asymmetric')
    return { kind: 'asymmetric', gamma: options.gamma, pMax: options.pMax, reading: options.reading };
  checkChoice('placement', 'placement', options.placement, ['middle', 'crossing']);
  return options.placement === 'middle' ? { kind: 'fixed', minorWeight: 0.5 } : { kind: 'crossing' };
}

/**
 * The request that places one synthetic latent on each sample pair, with what the placement reads.
 *
 * The paper calls this extrapolation, of the minor class beyond its own distribution. Geometrically the
 * latent lies between its parents, `P * minor + (1 - P) * major` with P in [pMin, 1]; elsewhere
 * (DeVries and Taylor, SVM-SMOTE) the word means a point beyond a parent, away from the other.
 *
 *
 * - `crossing`, `boundary`: the boundary between the two classes, `w_minor - w_major` and `b_minor - b_major`;
 * - `centroid`: the two class means;
 * - `probability`: each member's own-class log-odds;
 * - `density`: each member's mean distance to its neighbors of the same class.
 */
export async function buildExtrapolateRequest(input: PlacementInput, ops: LatentOps): Promise<ExtrapolateRequest> {
  const { latents, samplePairs, pair, placement, pMin } = input;
  const { minorRows, majorRows } = samplePairs;
  const request: ExtrapolateRequest = { latents, minorRows, majorRows, placement, pMin };
  switch (placementSource(placement)) {
    case 'fixed':
      return request;
    case 'crossing':
    case 'boundary':
      return { ...request, boundary: pairBoundary(given(input.head, 'a classifier head'), pair) };
    case 'centroid': {
      const means = given(input.classMeans, 'class means');
      const mean = (k: number) => means.data.slice(k * means.d, (k + 1) * means.d);
      return { ...request, centroids: { minor: mean(pair.minor), major: mean(pair.major) } };
    }
    case 'probability': {
      const logits = given(input.logits, 'logits');
      const logOddsOf = async (rows: Uint32Array, classIndex: number) => {
        const labels = new Uint32Array(rows.length).fill(classIndex);
        return (await ops.classProbability(gatherRows(logits, rows), labels)).logOdds;
      };
      return {
        ...request,
        perPair: { minor: await logOddsOf(minorRows, pair.minor), major: await logOddsOf(majorRows, pair.major) },
      };
    }
    case 'density': {
      const density = given(input.density, 'densities');
      const of = (rows: Uint32Array) => Float32Array.from(rows, (row) => density[row]);
      return { ...request, perPair: { minor: of(minorRows), major: of(majorRows) } };
    }
  }
}

/** What P is computed from: the placement's kind, or the reading of an asymmetric one. */
export function placementSource(placement: Placement): PlacementSource {
  return placement.kind === 'asymmetric' ? placement.reading : placement.kind;
}

/** `w_minor - w_major` ([d]) and `b_minor - b_major`: where it is 0 the head is undecided between the two. */
export function pairBoundary(head: ClassifierHead, pair: ClassPair): { weights: Float32Array; bias: number } {
  const { data, n: d, d: classCount } = head.weights;
  const weights = Float32Array.from(
    { length: d },
    (_, k) => data[k * classCount + pair.minor] - data[k * classCount + pair.major],
  );
  return { weights, bias: head.bias[pair.minor] - head.bias[pair.major] };
}

function given<T>(value: T | undefined, name: string): T {
  if (value === undefined) throw new InvalidInputError(`placement: the reading needs ${name}, got none`);
  return value;
}
