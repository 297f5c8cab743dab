import { InvalidInputError, InvalidOptionError } from '@csx/wgsl-kernels';
import { permutation } from '../random/permutation.ts';
import type { RandomStream } from '../random/stream.ts';

/**
 * New latents of a class pair in one iteration: `round(newShare * minorCount)`, halves up; a share of the
 * original minor rows, never of a count that synthesis has grown. Throws when that is none.
 */
export function newLatentCount(newShare: number, minorCount: number): number {
  if (!(newShare > 0 && Number.isFinite(newShare)))
    throw new InvalidOptionError(`generation: newShare is ${newShare}, expected above 0`);
  const count = Math.round(newShare * minorCount);
  if (count === 0)
    throw new InvalidInputError(`generation: ${newShare} of ${minorCount} minor rows rounds to no new latent`, {
      hint: 'raise newShare, or give the minor class more images',
    });
  return count;
}

/**
 * Which sample pairs become synthetic latents: `count` indices into `pairCount` pairs, drawn without
 * replacement while they last, then from all of them again, so that every pair is used
 * `floor(count / pairCount)` or one more times. None when there are no pairs.
 */
export function drawPairs(pairCount: number, count: number, stream: RandomStream): Uint32Array {
  const drawn = new Uint32Array(pairCount === 0 ? 0 : count);
  for (let start = 0; start < drawn.length; start += pairCount)
    drawn.set(permutation(pairCount, stream).subarray(0, drawn.length - start), start);
  return drawn;
}
