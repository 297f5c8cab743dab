import { InvalidInputError, InvalidOptionError, philox4x32Fill } from '@csx/wgsl-kernels';
import { naturalLog } from './natural-log.ts';
import { type StreamPurpose, streamPurposes } from './purposes.ts';

/** A sequence of random numbers, fixed by the seed, the purpose and the keys it was made with. */
export interface RandomStream {
  /** The next integer in [0, 2^32). */
  uint32(): number;
  /** The next of 2^53 equally likely values in [0, 1); rounded to f32 it may read 1. */
  uniform(): number;
  /** The next integer in [0, n), every value equally likely; n from 1 to 2^32. */
  below(n: number): number;
  /** The next value of the standard normal distribution. */
  normal(): number;
}

const words = 2 ** 32;
/** Philox blocks made in one go; how many does not change the numbers. */
const blocksAtOnce = 16;

function checkWord(name: string, value: number): void {
  if (!Number.isInteger(value) || value < 0 || value >= words)
    throw new InvalidOptionError(`random: ${name} is ${value}, expected an integer from 0 to ${words - 1}`);
}

/**
 * The stream of `(seed, purpose, ...keys)`: up to three keys, such as class, sample and draw.
 *
 * Word i of the stream is word `i mod 4` of Philox 4x32-10 with counter
 * `(floor(i / 4), keys[0], keys[1], keys[2])` and key `(seed, streamPurposes[purpose])`; a key that
 * is left out is 0. Nothing is drawn in common with another stream, so the order in which streams
 * are read does not matter, and a run can be taken up at any iteration. All runtimes return the
 * same numbers: only operations that IEEE 754 or ECMAScript fix are used.
 *
 * @throws {InvalidOptionError} seed or key outside 32 bits, or more than three keys.
 * @throws {InvalidInputError} `below` with n outside [1, 2^32].
 */
export function createStream(seed: number, purpose: StreamPurpose, ...keys: readonly number[]): RandomStream {
  checkWord('seed', seed);
  if (keys.length > 3) throw new InvalidOptionError(`random: got ${keys.length} keys, expected at most 3`);
  keys.forEach((key, i) => checkWord(`key ${i}`, key));
  const [a = 0, b = 0, c = 0] = keys;
  const key = [seed, streamPurposes[purpose]] as const;

  let block = 0;
  const buffer = new Uint32Array(4 * blocksAtOnce);
  let position = buffer.length;
  let spareNormal: number | undefined;

  function uint32(): number {
    if (position === buffer.length) {
      philox4x32Fill(buffer, [block, a, b, c], key);
      block += blocksAtOnce;
      position = 0;
    }
    return buffer[position++];
  }

  function uniform(): number {
    const high = uint32() >>> 5;
    const low = uint32() >>> 6;
    return (high * 2 ** 26 + low) / 2 ** 53;
  }

  function below(n: number): number {
    if (!Number.isInteger(n) || n < 1 || n > words)
      throw new InvalidInputError(`random: below(${n}), expected an integer from 1 to ${words}`);
    // Values past the last whole multiple of n would make the low remainders likelier.
    const limit = words - (words % n);
    let value = uint32();
    while (value >= limit) value = uint32();
    return value % n;
  }

  /** Marsaglia's polar method: two normals from a point of the unit disk; no sine or cosine, whose bits differ by engine. */
  function normal(): number {
    if (spareNormal !== undefined) {
      const spare = spareNormal;
      spareNormal = undefined;
      return spare;
    }
    for (;;) {
      const x = 2 * uniform() - 1;
      const y = 2 * uniform() - 1;
      const square = x * x + y * y;
      if (square >= 1 || square === 0) continue;
      const scale = Math.sqrt((-2 * naturalLog(square)) / square);
      spareNormal = y * scale;
      return x * scale;
    }
  }

  return { uint32, uniform, below, normal };
}
