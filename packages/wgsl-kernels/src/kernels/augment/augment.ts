import { InvalidInputError, InvalidOptionError } from '../../errors.ts';
import type { Session } from '../../session/session.ts';
import type { Binding, Recorder } from '../../session/step.ts';
import { checkNoUnknown, checkSizeOptions } from '../check-sizes.ts';
import { uniformData } from '../uniform-data.ts';
import type { AugmentInput } from './augment.reference.ts';
import { type AugmentShape, augmentWgsl, augmentWorkgroups } from './augment.wgsl.ts';

/** Existing buffers. */
export interface AugmentIo {
  /** [batch, height, width, channels] bytes, four in a u32, padded to 4 */
  readonly pixels: Binding;
  /** [batch] u32: what each image is counted by, its row in the data set */
  readonly rows: Binding;
  /** [channels, 256] f32: the value of every byte */
  readonly table: Binding;
  /** A uniform buffer with three u32: seed, purpose, epoch. */
  readonly key: Binding;
  /** [batch, height, width, channels] f32, written whole */
  readonly output: Binding;
}

/** The compiled kernel for one shape. */
export interface PreparedAugment {
  encode(recorder: Recorder, io: AugmentIo): void;
}

export interface Augment {
  prepare(options: AugmentShape): Promise<PreparedAugment>;
  /** [batch, height, width, channels] */
  run(input: AugmentInput): Promise<Float32Array>;
}

const kernel = 'augment';
const words = 2 ** 32;

function checkShape(options: AugmentShape): void {
  const { batch, height, width, channels, flip, shift, ...unknown } = options;
  checkNoUnknown(kernel, unknown);
  checkSizeOptions(kernel, { batch, height, width, channels });
  if (typeof flip !== 'boolean') throw new InvalidOptionError(`${kernel}: flip is ${flip}, expected true or false`);
  if (!Number.isSafeInteger(shift) || shift < 0 || shift > Math.max(height, width)) {
    throw new InvalidOptionError(
      `${kernel}: shift is ${shift}, expected a whole number from 0 to the image's longer side, ${Math.max(height, width)}`,
    );
  }
}

function checkInput({ pixels, height, width, channels, rows, table, key }: AugmentInput): void {
  const expected = rows.length * height * width * channels;
  if (pixels.length !== expected) {
    throw new InvalidInputError(
      `${kernel}: ${pixels.length} bytes of pixels, expected ${rows.length} images of ${height} x ${width} x ${channels} = ${expected}`,
    );
  }
  if (table.length !== channels * 256) {
    throw new InvalidInputError(
      `${kernel}: table has ${table.length} values, expected ${channels} channels of 256 = ${channels * 256}`,
    );
  }
  for (const [name, value] of Object.entries(key)) {
    if (!Number.isInteger(value) || value < 0 || value >= words)
      throw new InvalidInputError(`${kernel}: ${name} is ${value}, expected an integer from 0 to ${words - 1}`);
  }
}

/** The shader for one shape. */
export function augmentSource(shape: AugmentShape) {
  return { label: kernel, code: augmentWgsl(shape) };
}

/**
 * Images as the network reads them: standardised, mirrored and moved at random.
 *
 * Formula, with [flip, dy, dx] of `augmentation(row, key, options)` for each image, drawn by Philox 4x32-10 with counter
 * (row, epoch, 0, 0) and key (seed, purpose):
 *
 *     output[y, x, ch] = table[ch, pixel[y - dy, x', ch]],  x' = flip ? width - 1 - (x - dx) : x - dx
 *     output[y, x, ch] = 0 where that pixel lies outside
 *
 * Pixels are [batch, height, width, channels] bytes, rows [batch], the table [channels, 256]. An image is mirrored with
 * probability 1/2, and dy and dx take every whole value in [-shift, shift] alike; both depend on the image's row and the
 * epoch alone, not on its place in a batch, and are the same on every adapter and on the CPU. 0 is the mean of a channel.
 *
 * Empty input (no images): an empty result.
 * Deterministic and exact: every value is one of the table's, or 0.
 * Throws InvalidOptionError (prepare: sizes, a shift beyond the image, an unknown name), InvalidInputError (run: lengths,
 * a key beyond 32 bits), LimitExceededError (the output does not fit in one binding).
 * Source: method.md, step 8; Philox: Salmon et al. 2011.
 */
export function createAugment(session: Session): Augment {
  async function prepare(options: AugmentShape): Promise<PreparedAugment> {
    checkShape(options);
    const { batch, height, width, channels, flip, shift } = options;
    const source = augmentSource(options);
    const pipeline = await session.pipeline(source);
    const values = batch * height * width * channels;
    return {
      encode(recorder, { pixels, rows, table, key, output }) {
        recorder.dispatch({
          label: source.label,
          pipeline,
          bindings: [
            { ...pixels, size: Math.ceil(values / 4) * 4 },
            { ...table, size: channels * 256 * 4 },
            { ...output, size: values * 4 },
            // What nothing is drawn for is not bound.
            ...(flip || shift > 0
              ? [
                  { ...rows, size: batch * 4 },
                  { ...key, size: 16 },
                ]
              : []),
          ],
          workgroups: augmentWorkgroups(options),
        });
      },
    };
  }

  return {
    prepare,
    async run(input) {
      checkInput(input);
      const { pixels, height, width, channels, rows, table, key, flip, shift } = input;
      if (rows.length === 0) return new Float32Array(0);
      const { encode } = await prepare({ batch: rows.length, height, width, channels, flip, shift });
      const bytes = pixels.length * 4;
      const [result] = await session.submit(kernel, (step) => {
        const output = step.temporary(bytes, `${kernel}: output`);
        encode(step, {
          pixels: { buffer: step.upload(pixels, `${kernel}: pixels`) },
          rows: { buffer: step.upload(rows, `${kernel}: rows`) },
          table: { buffer: step.upload(table, `${kernel}: table`) },
          key: { buffer: step.uniform(uniformData([key.seed, key.purpose, key.epoch]), `${kernel}: key`) },
          output: { buffer: output },
        });
        return [{ buffer: output, bytes }];
      });
      return new Float32Array(result);
    },
  };
}
