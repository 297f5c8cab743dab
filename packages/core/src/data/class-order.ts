import { permutation } from '../random/permutation.ts';
import { createStream } from '../random/stream.ts';

/** Which rows of a data set are put in order. */
export type DatasetPart = 'train' | 'test';

/**
 * The rows of one class in a random order: a permutation drawn from the stream (seed, 'split', class, part).
 * It depends on the seed, the class and how many members there are, and on nothing else.
 *
 * @param labels [n] class of each row.
 */
export function classOrder(labels: Uint8Array, classIndex: number, seed: number, part: DatasetPart): Uint32Array {
  const members: number[] = [];
  for (let row = 0; row < labels.length; row++) {
    if (labels[row] === classIndex) members.push(row);
  }
  const stream = createStream(seed, 'split', classIndex, part === 'train' ? 0 : 1);
  return permutation(members.length, stream).map((place) => members[place]);
}
