import { InvalidInputError, InvalidOptionError, type Matrix } from '@csx/wgsl-kernels';
import type { LatentOps } from '../latent-ops/latent-ops.ts';
import { sampleWithoutReplacement } from '../random/permutation.ts';
import type { RandomStream } from '../random/stream.ts';
import { checkChoice } from './check-choice.ts';
import { gatherRows } from './class-rows.ts';
import type { SamplePairs } from './sample-pairs.ts';

export type SelectionInput = {
  /** The rows of the major class. */
  readonly majorRows: Uint32Array;
  /** The share of them to take, in (0, 1]. */
  readonly share: number;
} & (
  | { readonly side: 'random'; readonly stream: RandomStream }
  | {
      /** `bottom`: the rows the network is least sure of. `top`: the surest. */
      readonly side: 'bottom' | 'top';
      /** [n, c] current logits of all rows that `majorRows` indexes. */
      readonly logits: Matrix;
      readonly major: number;
    }
);

/** How many of n major rows are selected: `round(share * n)`, halves up. Throws when that is none. */
export function selectionCount(share: number, n: number): number {
  if (!(share > 0 && share <= 1))
    throw new InvalidOptionError(`selection: share is ${share}, expected above 0 and up to 1`);
  const count = Math.round(share * n);
  if (count === 0)
    throw new InvalidInputError(`selection: ${share} of ${n} major rows rounds to none, expected at least one`, {
      hint: 'raise selectionShare, or give the major class more images',
    });
  return count;
}

/**
 * The major rows that synthesis may use, ascending: exactly {@link selectionCount} of them.
 *
 * `bottom` and `top` rank by the log-odds of the major class, `z_y - logsumexp(z of the others)`,
 * which orders as the sample probability does but does not saturate; equal scores go to the lower
 * row. `random` takes as many, uniformly.
 */
export async function selectMajorRows(input: SelectionInput, ops: LatentOps): Promise<Uint32Array> {
  const { majorRows, share } = input;
  checkChoice('selection', 'side', input.side, ['random', 'bottom', 'top']);
  const count = selectionCount(share, majorRows.length);
  if (input.side === 'random')
    return sampleWithoutReplacement(majorRows.length, count, input.stream)
      .sort()
      .map((i) => majorRows[i]);
  const labels = new Uint32Array(majorRows.length).fill(input.major);
  const logits = gatherRows(input.logits, majorRows);
  const { rows } = await ops.select({ logits, labels, count, side: input.side });
  return rows.map((i) => majorRows[i]);
}

/** The sample pairs whose major row was selected, in their order. */
export function keepSelectedPairs(pairs: SamplePairs, selected: Uint32Array): SamplePairs {
  const chosen = new Set(selected);
  const keep = (_: number, i: number) => chosen.has(pairs.majorRows[i]);
  return { minorRows: pairs.minorRows.filter(keep), majorRows: pairs.majorRows.filter(keep) };
}
