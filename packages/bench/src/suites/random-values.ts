import { createStream } from '@csx/core';

/** Standard normal values, the same on every machine. */
export function normalValues(length: number, seed: number, ...keys: readonly number[]): Float32Array {
  const stream = createStream(seed, 'testData', ...keys);
  return Float32Array.from({ length }, () => stream.normal());
}
