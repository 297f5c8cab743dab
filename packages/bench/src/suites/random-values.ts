import { createStream } from '@csx/core';
import { philox4x32Fill } from '@csx/wgsl-kernels';

/** Standard normal values, the same on every machine. */
export function normalValues(length: number, seed: number, ...keys: readonly number[]): Float32Array {
  const stream = createStream(seed, 'testData', ...keys);
  return Float32Array.from({ length }, () => stream.normal());
}

/** Words of the generator in one go. */
const wordsAtOnce = 2 ** 20;

/** Values spread evenly over [-1, 1), a multiple of 2^-23 each: thirty times as fast as normal ones, for large arrays. */
export function evenValues(length: number, seed: number, key: number): Float32Array {
  const values = new Float32Array(length);
  const words = new Uint32Array(Math.min(wordsAtOnce, Math.ceil(length / 4) * 4));
  for (let first = 0; first < length; first += wordsAtOnce) {
    const count = Math.min(wordsAtOnce, length - first);
    philox4x32Fill(words, [first / 4, key, 1, 0], [seed, 0]);
    for (let at = 0; at < count; at++) values[first + at] = (words[at] >>> 8) * 2 ** -23 - 1;
  }
  return values;
}

/** Class of each row: `classCount` classes, drawn at random. */
export function randomLabels(n: number, classCount: number, seed: number, key: number): Uint32Array {
  const stream = createStream(seed, 'testData', key);
  return Uint32Array.from({ length: n }, () => stream.below(classCount));
}
