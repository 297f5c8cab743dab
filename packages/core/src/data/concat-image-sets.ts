import { InvalidInputError } from '@csx/wgsl-kernels';
import type { ImageSet } from './image-set.ts';

/** Puts image sets of one size behind each other; at least one. */
export function concatImageSets(parts: readonly ImageSet[]): ImageSet {
  if (parts.length === 0) throw new InvalidInputError('concat-image-sets: got no set, expected at least one');
  const { height, width, channels } = parts[0];
  let n = 0;
  for (const part of parts) {
    if (part.height !== height || part.width !== width || part.channels !== channels) {
      throw new InvalidInputError(
        `concat-image-sets: a set of ${part.height} x ${part.width} x ${part.channels} beside one of ${height} x ${width} x ${channels}`,
      );
    }
    n += part.n;
  }
  const pixels = new Uint8Array(n * height * width * channels);
  const labels = new Uint8Array(n);
  let row = 0;
  for (const part of parts) {
    pixels.set(part.pixels, row * height * width * channels);
    labels.set(part.labels, row);
    row += part.n;
  }
  return { pixels, labels, n, height, width, channels };
}
