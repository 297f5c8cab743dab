import { beforeAll, describe, expect, it } from 'vitest';
import { permutation, uniform } from '../../../test/support/cases.ts';
import { expectSameBits } from '../../../test/support/compare.ts';
import { testSession } from '../../../test/support/device.ts';
import { poisonedBuffer, readPoisoned } from '../../../test/support/poison.ts';
import {
  bufferUsage,
  createPlan,
  InvalidInputError,
  InvalidOptionError,
  LimitExceededError,
  philox4x32,
  type Session,
} from '../../index.ts';
import { type AugmentInput, augmentation, augmentReference } from './augment.reference.ts';
import { type Augment, createAugment } from './augment.ts';
import type { AugmentShape } from './augment.wgsl.ts';

let session: Session;
let kernel: Augment;
beforeAll(async () => {
  session = await testSession();
  kernel = createAugment(session);
});

const key = { seed: 7, purpose: 4, epoch: 3 };

function makeInput(
  batch: number,
  height: number,
  width: number,
  channels: number,
  flip: boolean,
  shift: number,
): AugmentInput {
  const pixels = Uint8Array.from(uniform(batch * height * width * channels, 1), (u) => Math.floor(256 * u));
  const table = uniform(channels * 256, 2).map((u) => 4 * u - 2);
  const rows = Uint32Array.from({ length: batch }, (_, image) => image * 977 + 5);
  return { pixels, height, width, channels, flip, shift, rows, table, key };
}

const shapes: readonly [number, number, number, number][] = [
  [0, 2, 2, 1],
  [1, 1, 1, 1],
  [3, 5, 7, 3],
  // More values than a workgroup writes, and exactly as many.
  [2, 40, 41, 3],
  [2, 64, 64, 1],
  [5, 32, 32, 3],
];

describe('augment', () => {
  it.each(shapes)(
    '%i images of %i x %i x %i: equals the reference to the bit',
    async (batch, height, width, channels) => {
      for (const flip of [false, true]) {
        for (const shift of new Set([0, 1, Math.min(4, height), Math.max(height, width)])) {
          const input = makeInput(batch, height, width, channels, flip, shift);
          expectSameBits(await kernel.run(input), augmentReference(input), `flip ${flip} shift ${shift}`);
        }
      }
    },
  );

  it('moves down and to the right what it has mirrored', async () => {
    const table = Float32Array.from({ length: 256 }, (_, level) => level);
    const pixels = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8, 9);
    const image = { pixels, height: 3, width: 3, channels: 1, flip: true, shift: 1, table, key };
    // Rows drawn for what each case needs.
    const row = (flip: boolean, dy: number, dx: number) => {
      for (let at = 0; ; at++) {
        const drawn = augmentation(at, key, image);
        if (drawn.flip === flip && drawn.dy === dy && drawn.dx === dx) return Uint32Array.of(at);
      }
    };
    const run = async (rows: Uint32Array) => [...(await kernel.run({ ...image, rows }))];
    expect(await run(row(false, 0, 0))).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(await run(row(true, 0, 0))).toEqual([3, 2, 1, 6, 5, 4, 9, 8, 7]);
    expect(await run(row(false, 1, 0))).toEqual([0, 0, 0, 1, 2, 3, 4, 5, 6]);
    expect(await run(row(false, 0, -1))).toEqual([2, 3, 0, 5, 6, 0, 8, 9, 0]);
    expect(await run(row(true, -1, 1))).toEqual([0, 6, 5, 0, 9, 8, 0, 0, 0]);
  });

  it('an image meets the same fate wherever it stands in a batch', async () => {
    const input = makeInput(9, 6, 5, 3, true, 2);
    const order = permutation(9, 3);
    const size = 6 * 5 * 3;
    const pixels = Uint8Array.from(
      [...order].flatMap((from) => [...input.pixels.subarray(from * size, (from + 1) * size)]),
    );
    const moved = await kernel.run({ ...input, pixels, rows: input.rows.map((_, at) => input.rows[order[at]]) });
    const plain = await kernel.run(input);
    const expected = [...order].flatMap((from) => [...plain.subarray(from * size, (from + 1) * size)]);
    expectSameBits(moved, Float32Array.from(expected), 'moved');
  });
});

describe('augmentation', () => {
  it('mirrors half of the images and draws every offset alike, from words of Philox', () => {
    const counts = new Map<string, number>();
    const n = 20_000;
    for (let row = 0; row < n; row++) {
      const { flip, dy, dx } = augmentation(row, key, { flip: true, shift: 2 });
      for (const name of [`flip ${flip}`, `dy ${dy}`, `dx ${dx}`]) counts.set(name, (counts.get(name) ?? 0) + 1);
    }
    for (const [name, count] of counts) {
      const p = name.startsWith('flip') ? 1 / 2 : 1 / 5;
      // Four standard deviations of a binomial count.
      expect(Math.abs(count - n * p), name).toBeLessThan(4 * Math.sqrt(n * p * (1 - p)));
    }
    expect(counts.size).toBe(2 + 5 + 5);
    const [first, second] = philox4x32([12, key.epoch, 0, 0], [key.seed, key.purpose]);
    const drawn = augmentation(12, key, { flip: true, shift: 2 });
    expect([drawn.flip, drawn.dy]).toEqual([first % 2 === 1, Math.floor((second / 2 ** 32) * 5) - 2]);
  });

  it('does nothing when nothing is asked for', () => {
    for (let row = 0; row < 50; row++) {
      expect(augmentation(row, key, { flip: false, shift: 0 })).toEqual({ flip: false, dy: 0, dx: 0 });
    }
  });

  it.each(['seed', 'purpose', 'epoch'] as const)('another %s draws other numbers', (name) => {
    const draws = (other: typeof key) =>
      Array.from({ length: 40 }, (_, row) => augmentation(row, other, { flip: true, shift: 3 }));
    expect(draws({ ...key, [name]: key[name] + 1 })).not.toEqual(draws(key));
    expect(draws({ ...key })).toEqual(draws(key));
  });
});

describe('augment: encode', () => {
  it('writes its output and nothing behind it; a plan follows the epoch in the key', async () => {
    for (const [batch, height, width, channels] of [
      [3, 1, 1, 1],
      [4, 9, 8, 3],
    ]) {
      const input = makeInput(batch, height, width, channels, true, 1);
      const output = poisonedBuffer(session, input.pixels.length * 4, 'output');
      const buffers = {
        pixels: session.upload(input.pixels, 'pixels'),
        rows: session.upload(input.rows, 'rows'),
        table: session.upload(input.table, 'table'),
        key: session.pool.acquire(16, bufferUsage.uniform, 'key'),
      };
      const { encode } = await kernel.prepare({ batch, height, width, channels, flip: true, shift: 1 });
      const plan = createPlan(session, 'plan');
      encode(plan, {
        pixels: { buffer: buffers.pixels },
        rows: { buffer: buffers.rows },
        table: { buffer: buffers.table },
        key: { buffer: buffers.key },
        output: { buffer: output.buffer },
      });
      for (const epoch of [8, 9]) {
        session.device.queue.writeBuffer(buffers.key, 0, Uint32Array.of(key.seed, key.purpose, epoch));
        const [result] = await session.submit('replay', ({ encoder }) => {
          plan.replay(encoder);
          return [{ buffer: output.buffer, bytes: output.bytes }];
        });
        const expected = augmentReference({ ...input, key: { ...key, epoch } });
        expectSameBits(new Float32Array(result), expected, `epoch ${epoch}`);
      }
      await readPoisoned(session, [output], () => plan.dispose());
      for (const buffer of Object.values(buffers)) session.pool.release(buffer);
    }
  });
});

describe('augment: errors', () => {
  const good = makeInput(2, 4, 4, 3, true, 1);

  it('control: the same input without a fault runs', async () => {
    expect(await kernel.run(good)).toHaveLength(96);
  });

  it.each<[string, Partial<AugmentInput>, new (message: string) => Error, string]>([
    ['pixels', { width: 5 }, InvalidInputError, '96 bytes of pixels, expected 2 images of 4 x 5 x 3 = 120'],
    [
      'a table',
      { table: new Float32Array(256) },
      InvalidInputError,
      'table has 256 values, expected 3 channels of 256',
    ],
    [
      'a seed',
      { key: { ...key, seed: -1 } },
      InvalidInputError,
      'seed is -1, expected an integer from 0 to 4294967295',
    ],
    ['an epoch', { key: { ...key, epoch: 2 ** 32 } }, InvalidInputError, 'epoch is 4294967296'],
    [
      'a shift',
      { shift: 5 },
      InvalidOptionError,
      "shift is 5, expected a whole number from 0 to the image's longer side, 4",
    ],
    ['a flip', { flip: 1 as unknown as boolean }, InvalidOptionError, 'flip is 1, expected true or false'],
  ])('%s', async (_name, fault, kind, message) => {
    const failure = kernel.run({ ...good, ...fault });
    await expect(failure).rejects.toBeInstanceOf(kind);
    await expect(failure).rejects.toThrow(message);
  });

  it('prepare refuses sizes and names it does not know', async () => {
    const shape = { batch: 1, height: 2, width: 2, channels: 3, flip: true, shift: 0 };
    await expect(kernel.prepare({ ...shape, channels: 0 })).rejects.toThrow('channels is 0, expected a whole number');
    const misspelt = { ...shape, crop: 4 } as AugmentShape;
    await expect(kernel.prepare(misspelt)).rejects.toThrow('unknown option crop');
    await expect(kernel.prepare(shape)).resolves.toBeDefined();
  });

  it('an output larger than a binding', async () => {
    const small = await testSession({ maxBindingBytes: 1024 * 3 });
    await expect(createAugment(small).run(makeInput(65, 2, 2, 3, true, 0))).rejects.toBeInstanceOf(LimitExceededError);
    await expect(createAugment(small).run(makeInput(64, 2, 2, 3, true, 0))).resolves.toHaveLength(768);
    small.dispose();
  });

  it('gives every buffer back', async () => {
    const before = session.pool.stats().liveBytes;
    await kernel.run(good);
    expect(session.pool.stats().liveBytes).toBe(before);
  });
});
