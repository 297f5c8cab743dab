import type { ImageSet } from '../src/data/image-set.ts';

/** The named images, in the order named. */
export function takeRows(images: ImageSet, rows: Uint32Array): ImageSet {
  const imageBytes = images.height * images.width * images.channels;
  const pixels = new Uint8Array(rows.length * imageBytes);
  rows.forEach((row, i) => {
    pixels.set(images.pixels.subarray(row * imageBytes, (row + 1) * imageBytes), i * imageBytes);
  });
  return { ...images, pixels, labels: Uint8Array.from(rows, (row) => images.labels[row]), n: rows.length };
}
