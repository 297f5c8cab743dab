import { InvalidInputError } from '@csx/wgsl-kernels';
import type { ImageSet } from './image-set.ts';

/** Mean and deviation of each channel, in pixel values 0 to 255. */
export interface ChannelStatistics {
  readonly mean: readonly number[];
  /** Population deviation: divided by the number of values, not by one less. */
  readonly std: readonly number[];
}

/**
 * Mean and deviation of each channel over all pixels of the given rows; of the training rows, for a run.
 * The sums are whole numbers below 2^53, so every runtime returns the same bits.
 *
 * @param rows all rows when left out; at least one.
 */
export function channelStatistics(images: ImageSet, rows?: Uint32Array): ChannelStatistics {
  const { channels } = images;
  const n = rows?.length ?? images.n;
  if (n === 0) throw new InvalidInputError('standardize: no rows to take the mean of, expected at least one');
  const imageBytes = images.height * images.width * channels;
  const sums = new Array<number>(channels).fill(0);
  const squares = new Array<number>(channels).fill(0);
  for (let channel = 0; channel < channels; channel++) {
    let sum = 0;
    let square = 0;
    for (let i = 0; i < n; i++) {
      const from = requireRow(images, rows ? rows[i] : i) * imageBytes;
      for (let at = from + channel; at < from + imageBytes; at += channels) {
        const value = images.pixels[at];
        sum += value;
        square += value * value;
      }
    }
    sums[channel] = sum;
    squares[channel] = square;
  }
  const count = n * images.height * images.width;
  const mean = sums.map((sum) => sum / count);
  const std = squares.map((square, channel) => Math.sqrt(Math.max(0, square / count - mean[channel] * mean[channel])));
  return { mean, std };
}

/**
 * f32 value of every byte in every channel, `(byte - mean) / std`: [channels, 256]. Looking a byte up is
 * quicker than computing it, and rounds once. A constant channel (std 0) is only centred.
 */
export function standardizationTable(statistics: ChannelStatistics): Float32Array {
  const { mean, std } = statistics;
  const table = new Float32Array(mean.length * 256);
  for (let channel = 0; channel < mean.length; channel++) {
    const scale = std[channel] === 0 ? 1 : std[channel];
    for (let byte = 0; byte < 256; byte++) table[channel * 256 + byte] = (byte - mean[channel]) / scale;
  }
  return table;
}

/** Which images go where in a batch. */
export interface BatchInput {
  readonly images: ImageSet;
  /** [B] rows of `images`, in the order of the batch. */
  readonly rows: Uint32Array;
  /** Of `standardizationTable`. */
  readonly table: Float32Array;
}

/**
 * Writes a batch as [B, height, width, channels], tfjs's layout, into the front of `out`.
 *
 * @throws InvalidInputError for an `out` that is too short, or a row that does not exist.
 */
export function writeChannelsLast(input: BatchInput, out: Float32Array): void {
  const { images, rows, table } = input;
  checkBatch(input, out);
  const { pixels, height, width, channels } = images;
  const imageBytes = height * width * channels;
  let to = 0;
  for (const row of rows) {
    const image = requireRow(images, row) * imageBytes;
    for (let from = image; from < image + imageBytes; from += channels)
      for (let channel = 0; channel < channels; channel++) out[to++] = table[channel * 256 + pixels[from + channel]];
  }
}

function checkBatch({ images, rows, table }: BatchInput, out: Float32Array): void {
  const length = rows.length * images.height * images.width * images.channels;
  if (out.length < length)
    throw new InvalidInputError(`standardize: out has ${out.length} values, the batch needs ${length}`);
  if (table.length !== images.channels * 256) {
    throw new InvalidInputError(
      `standardize: table has ${table.length} values, expected ${images.channels} channels of 256`,
    );
  }
}

/** A row past the end would read undefined, and that NaN: refused here. */
function requireRow(images: ImageSet, row: number): number {
  if (row >= images.n) throw new InvalidInputError(`standardize: row ${row}, but there are ${images.n} images`);
  return row;
}
