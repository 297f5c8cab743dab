import { philox4x32 } from '../../philox.ts';

/** What the numbers of an image are drawn from, besides its row. */
export interface AugmentKey {
  readonly seed: number;
  readonly purpose: number;
  readonly epoch: number;
}

export interface AugmentOptions {
  /** Half of the images are mirrored left to right. */
  readonly flip: boolean;
  /** Images move by up to so many pixels in each direction. */
  readonly shift: number;
}

/** What happens to one image: it is mirrored, then moved down by dy and to the right by dx. */
export interface Augmentation {
  readonly flip: boolean;
  readonly dy: number;
  readonly dx: number;
}

/** The decisions for one image: those of `createAugment`, to the bit. */
export function augmentation(row: number, key: AugmentKey, { flip, shift }: AugmentOptions): Augmentation {
  const words = philox4x32([row, key.epoch, 0, 0], [key.seed, key.purpose]);
  // The upper word of a product below 2^53: exact.
  const offset = (word: number) => Math.floor((word * (2 * shift + 1)) / 2 ** 32) - shift;
  return { flip: flip && (words[0] & 1) === 1, dy: offset(words[1]), dx: offset(words[2]) };
}

export interface AugmentInput extends AugmentOptions {
  /** [batch, height, width, channels] bytes */
  readonly pixels: Uint8Array;
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  /** [batch]: what each image is counted by, its row in the data set */
  readonly rows: Uint32Array;
  /** [channels, 256]: the value of every byte */
  readonly table: Float32Array;
  readonly key: AugmentKey;
}

/** The batch as `createAugment` writes it. Inputs are not checked. */
export function augmentReference(input: AugmentInput): Float32Array {
  const { pixels, height, width, channels, rows, table, key } = input;
  const output = new Float32Array(pixels.length);
  for (let image = 0; image < rows.length; image++) {
    const { flip, dy, dx } = augmentation(rows[image], key, input);
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        const fromY = y - dy;
        const fromX = flip ? width - 1 - (x - dx) : x - dx;
        if (fromY < 0 || fromY >= height || fromX < 0 || fromX >= width) continue;
        for (let channel = 0; channel < channels; channel++) {
          const level = pixels[((image * height + fromY) * width + fromX) * channels + channel];
          output[((image * height + y) * width + x) * channels + channel] = table[channel * 256 + level];
        }
      }
    }
  }
  return output;
}
