import { InvalidInputError } from '@csx/wgsl-kernels';
import type { RandomStream } from './stream.ts';

/** `count` different integers of [0, n) in random order (the first steps of a Fisher-Yates shuffle). */
export function sampleWithoutReplacement(n: number, count: number, stream: RandomStream): Uint32Array {
  if (!Number.isInteger(n) || n < 0) throw new InvalidInputError(`random: n is ${n}, expected a whole number`);
  if (!Number.isInteger(count) || count < 0 || count > n)
    throw new InvalidInputError(`random: cannot draw ${count} of ${n} without replacement`);
  const pool = Uint32Array.from({ length: n }, (_, i) => i);
  for (let i = 0; i < count; i++) {
    const j = i + stream.below(n - i);
    const taken = pool[j];
    pool[j] = pool[i];
    pool[i] = taken;
  }
  return pool.slice(0, count);
}

/** The integers of [0, n) in random order, every order equally likely. */
export function permutation(n: number, stream: RandomStream): Uint32Array {
  return sampleWithoutReplacement(n, n, stream);
}
