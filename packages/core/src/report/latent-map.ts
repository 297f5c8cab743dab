import { InvalidInputError, type Matrix } from '@csx/wgsl-kernels';
import type { ArmName } from '../run/config.ts';
import { evenlySpacedRows, latentMapPoints } from './evenly-spaced-rows.ts';
import type { LatentMap, Points } from './extras.ts';
import type { LinearBoundary, PairProjection } from './pair-projection.ts';

export interface LatentMapInput {
  readonly minor: string;
  readonly major: string;
  readonly arm: ArmName;
  /** From `fitPairProjection`; the same one for all arms of a pair makes their pictures comparable. */
  readonly projection: PairProjection;
  /** Training latents of the two classes, and the arm's synthetic ones of this pair; [.., d] each. */
  readonly minorLatents: Matrix;
  readonly majorLatents: Matrix;
  readonly syntheticLatents: Matrix;
  /** w_minor - w_major and b_minor - b_major of the arm's classifier after its last round. */
  readonly finalBoundary?: LinearBoundary;
}

/** Projects the latents of a pair, at most {@link latentMapPoints} of each kind, evenly spaced rows. */
export function createLatentMap(input: LatentMapInput): LatentMap {
  const { projection } = input;
  const project = (latents: Matrix): Points => {
    if (latents.d !== input.minorLatents.d) {
      throw new InvalidInputError(
        `latent-map: latents of d = ${latents.d} and ${input.minorLatents.d} in one picture of ${input.minor} and ${input.major}`,
      );
    }
    const result: Points = { x: [], y: [] };
    for (const row of evenlySpacedRows(latents.n, latentMapPoints)) {
      const [x, y] = projection.project(latents, row);
      result.x.push(short(x));
      result.y.push(short(y));
    }
    return result;
  };
  return {
    minor: input.minor,
    major: input.major,
    arm: input.arm,
    axes: projection.axes,
    realMinor: project(input.minorLatents),
    realMajor: project(input.majorLatents),
    synthetic: project(input.syntheticLatents),
    firstBoundary: projection.firstBoundary,
    boundaryAt: projection.boundaryAt,
    finalBoundary: input.finalBoundary === undefined ? null : projection.cut(input.finalBoundary),
  };
}

/** Bins of a minor-weight histogram: centered on 0, 0.05, ..., 1, so that the middle has a bin of its own. */
export const minorWeightBins = 21;

/** Counts minor weights P, each in [0, 1], in {@link minorWeightBins} bins. */
export function minorWeightCounts(minorWeights: ArrayLike<number>): number[] {
  const counts = new Array<number>(minorWeightBins).fill(0);
  for (let i = 0; i < minorWeights.length; i++) {
    const weight = minorWeights[i];
    if (!(weight >= 0 && weight <= 1)) {
      throw new InvalidInputError(`minor-weight histogram: weight ${i} is ${weight}, expected a value in [0, 1]`);
    }
    counts[Math.round(weight * (minorWeightBins - 1))]++;
  }
  return counts;
}

/** Five significant digits: a fraction of a pixel, and a third of the file. */
const short = (value: number) => Number(value.toPrecision(5));
