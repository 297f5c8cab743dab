import { encode } from 'fast-png';
import { z } from 'zod';
import type { ImageDataset } from '../data/image-set.ts';
import { makeSplit, trainCountsOf } from '../data/split.ts';
import { paperClassPairs } from '../method/paper-class-pairs.ts';
import type { RunConfig } from '../run/config.ts';

/** Training images of a class, side by side. */
export const pictureSchema = z.strictObject({
  className: z.string(),
  /** Rows of the data set's training part, from left to right. */
  rows: z.array(z.number().int()),
  width: z.number().int(),
  height: z.number().int(),
  png: z.string().describe('base64'),
});
export type Picture = z.output<typeof pictureSchema>;

const imagesEach = 6;

/** The first training images of each class of figure 3 under the first seed. */
export function classPictures(dataset: ImageDataset, { data }: RunConfig, seed: number): Picture[] {
  const split = makeSplit(dataset, {
    seed,
    trainCounts: trainCountsOf(dataset.classNames, data),
    heldOutCount: data.heldOutCount,
  });
  const { pixels, labels, height, width, channels } = dataset.train;
  return paperClassPairs
    .flatMap(({ minor, major }) => [minor, major])
    .map((className) => {
      const index = dataset.classNames.indexOf(className);
      const rows = Array.from(split.train.filter((row) => labels[row] === index).subarray(0, imagesEach));
      const strip = new Uint8Array(rows.length * width * height * channels);
      rows.forEach((row, at) => {
        for (let y = 0; y < height; y++) {
          const line = (row * height + y) * width * channels;
          strip.set(pixels.subarray(line, line + width * channels), (y * rows.length + at) * width * channels);
        }
      });
      const png = encode({ width: rows.length * width, height, data: strip, channels, depth: 8 });
      return { className, rows, width: rows.length * width, height, png: base64(png) };
    });
}

function base64(bytes: Uint8Array): string {
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''));
}
