import { InvalidInputError, type Matrix } from '@csx/wgsl-kernels';
import type { LatentOps } from '../latent-ops/latent-ops.ts';
import { checkChoice } from './check-choice.ts';
import { gatherRows } from './class-rows.ts';

/** `major-anchored`: every major row with its nearest minor row. `minor-anchored`: every minor row with its nearest major row. */
export type SamplePairAnchor = 'major-anchored' | 'minor-anchored';

/** Pairs of a minor and a major row, as rows of the latents they were found in. */
export interface SamplePairs {
  /** [p] */
  readonly minorRows: Uint32Array;
  /** [p] */
  readonly majorRows: Uint32Array;
}

export interface SamplePairsInput {
  /** All rows that `minorRows` and `majorRows` index. */
  readonly latents: Matrix;
  /** The rows of the minor class. */
  readonly minorRows: Uint32Array;
  /** The rows of the major class. */
  readonly majorRows: Uint32Array;
  readonly anchor: SamplePairAnchor;
}

/**
 * "Closest minor-major instance pairs are decided for all instances" (the paper): each row of the
 * anchoring class, in the order given, with its nearest row of the other by Euclidean distance;
 * equal distances go to the row that comes first. A row of the other class may be in many pairs.
 *
 * @throws {InvalidInputError} one of the two classes has no row.
 */
export async function findSamplePairs(input: SamplePairsInput, ops: LatentOps): Promise<SamplePairs> {
  const { latents, minorRows, majorRows } = input;
  checkChoice('sample-pairs', 'anchor', input.anchor, ['major-anchored', 'minor-anchored']);
  if (minorRows.length === 0 || majorRows.length === 0)
    throw new InvalidInputError(
      `sample-pairs: got ${minorRows.length} minor and ${majorRows.length} major rows, expected at least one of each`,
    );
  const [anchors, others] = input.anchor === 'major-anchored' ? [majorRows, minorRows] : [minorRows, majorRows];
  const { indices } = await ops.nearest(gatherRows(latents, anchors), gatherRows(latents, others), 1);
  const partners = indices.map((index) => others[index]);
  return input.anchor === 'major-anchored'
    ? { minorRows: partners, majorRows: anchors.slice() }
    : { minorRows: anchors.slice(), majorRows: partners };
}
