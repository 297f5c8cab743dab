import { beforeAll, describe, expect, it } from 'vitest';
import { encodeInArenas } from '../../../test/support/arenas.ts';
import { uniform } from '../../../test/support/cases.ts';
import { expectSameBits, expectWithin } from '../../../test/support/compare.ts';
import { testSession } from '../../../test/support/device.ts';
import { encodeInHalfArenas, preparedOrRefused, toHalves } from '../../../test/support/halves.ts';
import {
  halfStorageBound,
  InvalidInputError,
  InvalidOptionError,
  LimitExceededError,
  type PoolingShape,
  type Session,
} from '../../index.ts';
import {
  averagePoolingGradientReference,
  averagePoolingReference,
  maxPoolingGradientReference,
  maxPoolingReference,
} from './pooling.reference.ts';
import { pooledSize } from './pooling.shape.ts';
import { averagePoolingBound, createPooling, type Pooling } from './pooling.ts';

let session: Session;
let pooling: Pooling;
beforeAll(async () => {
  session = await testSession();
  pooling = createPooling(session);
});

const signed = (count: number, seed: number) => uniform(count, seed).map((value) => 2 * value - 1);

const tiled: PoolingShape = {
  batch: 2,
  height: 8,
  width: 6,
  channels: 4,
  size: [2, 2],
  stride: [2, 2],
  padding: [0, 0, 0, 0],
};
const shapes: readonly PoolingShape[] = [
  tiled,
  { ...tiled, channels: 3 },
  { ...tiled, batch: 1, height: 2, width: 2, channels: 1 },
  { ...tiled, height: 7, width: 7, channels: 64 }, // a row and a column in no window
  { ...tiled, size: [2, 3], stride: [2, 3], channels: 7 },
  { ...tiled, size: [1, 1], stride: [1, 1] },
  { ...tiled, size: [2, 2], stride: [3, 3] }, // gaps
  { ...tiled, size: [3, 3], stride: [2, 2], padding: [1, 1, 1, 1] },
  { ...tiled, size: [3, 3], stride: [2, 2], padding: [0, 0, 1, 1] }, // the stem of ResNet
  { ...tiled, height: 13, width: 13, size: [3, 3], stride: [2, 2] }, // that of AlexNet
  { ...tiled, size: [3, 3], stride: [1, 1], padding: [2, 0, 1, 2], channels: 3 },
  { ...tiled, height: 5, size: [3, 2], stride: [2, 1], padding: [0, 0, 2, 1] },
  { ...tiled, height: 1, width: 1, size: [3, 3], stride: [2, 2], padding: [1, 1, 1, 1] }, // one pixel
  { ...tiled, size: [8, 6], stride: [8, 6] }, // global, more than is written out
  { ...tiled, height: 4, width: 4, size: [4, 4], stride: [1, 1], channels: 5 }, // global, written out
  { ...tiled, batch: 3, height: 20, width: 11, size: [5, 4], stride: [3, 2] },
];
const imageLength = ({ batch, height, width, channels }: PoolingShape) => batch * height * width * channels;
const pooledLength = (shape: PoolingShape) => {
  const [height, width] = pooledSize(shape);
  return imageLength({ ...shape, height, width });
};
const name = ({ size, stride, padding, ...image }: PoolingShape) =>
  `${Object.values(image)} size ${size} stride ${stride} padding ${padding}`;

/** Windows that cover a pixel, at most. */
const coveringCount = ({ size, stride }: PoolingShape) =>
  Math.ceil(size[0] / stride[0]) * Math.ceil(size[1] / stride[1]);

describe('pooling', () => {
  it('max is exact, and its gradient goes to the first maximum', async () => {
    for (const [at, shape] of shapes.entries()) {
      // Few different values make ties, many none.
      for (const levels of [3, 2 ** 20]) {
        const input = uniform(imageLength(shape), at).map((value) => Math.floor(value * levels) - levels / 2);
        const output = await pooling.runMax(input, shape);
        expectSameBits(output, new Float32Array(maxPoolingReference(input, shape)), name(shape));
        const gradient = signed(output.length, 20 + at);
        const expected = maxPoolingGradientReference(input, gradient, shape);
        const absolute = maxPoolingGradientReference(input, gradient.map(Math.abs), shape);
        const bound = (pixel: number) => 1.01 * (coveringCount(shape) - 1) * 2 ** -23 * absolute[pixel];
        expectWithin(await pooling.runMaxGradient(input, gradient, shape), expected, bound, `${name(shape)}: gradient`);
      }
    }
  });

  it('ties: all pixels equal, the first of each window gets everything', async () => {
    const input = new Float32Array(imageLength(tiled)).fill(-1);
    const gradient = new Float32Array(pooledLength(tiled)).fill(2);
    const actual = await pooling.runMaxGradient(input, gradient, tiled);
    const isFirst = (at: number) => Math.floor(at / 4) % 2 === 0 && Math.floor(at / 24) % 2 === 0;
    expectSameBits(
      actual,
      input.map((_, at) => (isFirst(at) ? 2 : 0)),
      'gradient',
    );
  });

  it('average and its gradient', async () => {
    for (const [at, shape] of shapes.entries()) {
      const input = signed(imageLength(shape), at);
      const absolute = averagePoolingReference(input.map(Math.abs), shape);
      const terms = shape.size[0] * shape.size[1];
      const bound = (index: number) => averagePoolingBound(terms, absolute[index]);
      const output = await pooling.runAverage(input, shape);
      expectWithin(output, averagePoolingReference(input, shape), bound, name(shape));
      const gradient = signed(output.length, 20 + at);
      const absoluteShares = averagePoolingGradientReference(gradient.map(Math.abs), shape);
      const shareBound = (index: number) => averagePoolingBound(coveringCount(shape), absoluteShares[index]);
      const expected = averagePoolingGradientReference(gradient, shape);
      const actual = await pooling.runAverageGradient(gradient, shape);
      expectWithin(actual, expected, shareBound, `${name(shape)}: gradient`);
    }
  });

  it('average leaves padding out: a constant stays, exactly', async () => {
    const shape: PoolingShape = { ...tiled, size: [3, 3], stride: [1, 1], padding: [1, 1, 1, 1] };
    const output = await pooling.runAverage(new Float32Array(imageLength(shape)).fill(4), shape);
    expectSameBits(output, new Float32Array(pooledLength(shape)).fill(4), 'constant');
  });

  it("the references' gradients are the slopes of the references", () => {
    const shape: PoolingShape = {
      ...tiled,
      batch: 1,
      height: 4,
      width: 3,
      size: [3, 2],
      stride: [1, 1],
      padding: [1, 0, 0, 1],
    };
    // Differences of at least 1 between any two pixels: a small step changes no maximum.
    const input = Float64Array.from({ length: imageLength(shape) }, (_, at) => (at * 7) % 48);
    const weights = signed(pooledLength(shape), 40);
    const slopes = (forward: (x: Float64Array) => Float64Array) =>
      input.map((value, at) => {
        const loss = (x: number) => forward(input.with(at, x)).reduce((sum, y, i) => sum + y * weights[i], 0);
        return (loss(value + 0.25) - loss(value - 0.25)) / 0.5;
      });
    // Both are linear within the step, so that only float64 rounds.
    const maxSlopes = slopes((x) => maxPoolingReference(x, shape));
    expectWithin(maxPoolingGradientReference(input, weights, shape), maxSlopes, () => 1e-11, 'max');
    const averageSlopes = slopes((x) => averagePoolingReference(x, shape));
    expectWithin(averagePoolingGradientReference(weights, shape), averageSlopes, () => 1e-11, 'average');
  });

  it('encodes into steps and plans, at offsets, and writes nothing else', async () => {
    for (const shape of [shapes[0], shapes[3], shapes[8]]) {
      const input = signed(imageLength(shape), 30);
      const outputGradient = signed(pooledLength(shape), 31);
      const output = pooledLength(shape);
      const inputGradient = imageLength(shape);
      const max = await pooling.prepareMax(shape);
      const pooled = await encodeInArenas(session, { input }, { output }, max.encode);
      expectSameBits(pooled.output, await pooling.runMax(input, shape), 'max');
      const maxGradient = await pooling.prepareMaxGradient(shape);
      const inputs = { input, outputGradient };
      const routed = await encodeInArenas(session, inputs, { inputGradient }, maxGradient.encode);
      expectSameBits(routed.inputGradient, await pooling.runMaxGradient(input, outputGradient, shape), 'max gradient');
      const average = await pooling.prepareAverage(shape);
      const averaged = await encodeInArenas(session, { input }, { output }, average.encode);
      expectSameBits(averaged.output, await pooling.runAverage(input, shape), 'average');
      const averageGradient = await pooling.prepareAverageGradient(shape);
      const shared = await encodeInArenas(session, { outputGradient }, { inputGradient }, averageGradient.encode);
      const expected = await pooling.runAverageGradient(outputGradient, shape);
      expectSameBits(shared.inputGradient, expected, 'average gradient');
    }
  });
});

describe('pooling, stored as f16', () => {
  it('max is exact, and its gradient goes to the first maximum', async () => {
    for (const [at, shape] of shapes.entries()) {
      const max = await preparedOrRefused(session, () =>
        pooling.prepareMax(shape, { storage: { input: 'f16', output: 'f16' } }),
      );
      const gradient = await preparedOrRefused(session, () =>
        pooling.prepareMaxGradient(shape, { storage: { input: 'f16' } }),
      );
      if (max === undefined || gradient === undefined) continue;
      const input = uniform(imageLength(shape), at).map((value) => Math.floor(value * 9) - 4.5);
      const halves = ['input', 'output'];
      const { output } = await encodeInHalfArenas(
        session,
        { input },
        { output: pooledLength(shape) },
        halves,
        max.encode,
      );
      expectSameBits(output, new Float32Array(maxPoolingReference(input, shape)), name(shape));
      const outputGradient = signed(output.length, 20 + at);
      const { inputGradient } = await encodeInHalfArenas(
        session,
        { input, outputGradient },
        { inputGradient: imageLength(shape) },
        halves,
        gradient.encode,
      );
      const absolute = maxPoolingGradientReference(input, outputGradient.map(Math.abs), shape);
      const bound = (pixel: number) => 1.01 * (coveringCount(shape) - 1) * 2 ** -23 * absolute[pixel];
      const expected = maxPoolingGradientReference(input, outputGradient, shape);
      expectWithin(inputGradient, expected, bound, `${name(shape)}: gradient`);
    }
  });

  it('average, from and to either storage', async () => {
    for (const halves of [['input', 'output'], ['input'], ['output']]) {
      const storage = Object.fromEntries(halves.map((operand) => [operand, 'f16' as const]));
      for (const [at, shape] of shapes.entries()) {
        const average = await preparedOrRefused(session, () => pooling.prepareAverage(shape, { storage }));
        if (average === undefined) continue;
        const made = signed(imageLength(shape), at);
        const input = halves.includes('input') ? toHalves(made) : made;
        const lengths = { output: pooledLength(shape) };
        const { output } = await encodeInHalfArenas(session, { input }, lengths, halves, average.encode);
        const expected = averagePoolingReference(input, shape);
        const absolute = averagePoolingReference(input.map(Math.abs), shape);
        const bound = (index: number) => {
          const mean = averagePoolingBound(shape.size[0] * shape.size[1], absolute[index]);
          return halves.includes('output') ? halfStorageBound(expected[index], mean) : mean;
        };
        expectWithin(output, expected, bound, `${name(shape)}: ${halves}`);
      }
    }
  });
});

describe('pooling: errors', () => {
  it('control: a shape without a fault', async () => {
    for (const prepare of [pooling.prepareMax, pooling.prepareMaxGradient])
      await expect(prepare(tiled)).resolves.toBeDefined();
    await expect(pooling.runAverage(new Float32Array(imageLength(tiled)), tiled)).resolves.toBeDefined();
  });

  it.each([
    ['no images', { ...tiled, batch: 0 }, InvalidInputError, 'pooling: batch is 0'],
    ['half a channel', { ...tiled, channels: 0.5 }, InvalidInputError, 'channels is 0.5'],
    ['an empty window', { ...tiled, size: [0, 2] as const }, InvalidInputError, 'size[0] is 0'],
    ['no stride', { ...tiled, stride: [2, 0] as const }, InvalidInputError, 'stride[1] is 0'],
    ['negative padding', { ...tiled, padding: [-1, 0, 0, 0] as const }, InvalidInputError, 'padding[0] is -1'],
    [
      'a window on padding alone',
      { ...tiled, padding: [0, 0, 0, 2] as const },
      InvalidInputError,
      "padding[3] is 2, expected a whole number >= 0 below the window's 2",
    ],
    [
      'a window larger than the image',
      { ...tiled, size: [2, 7] as const },
      InvalidInputError,
      'a window of 7 does not fit into the width 6',
    ],
    ['an unknown option', { ...tiled, dilation: 2 }, InvalidOptionError, 'unknown option dilation'],
  ])('%s', async (_name, shape, kind, message) => {
    const prepares = [
      pooling.prepareMax,
      pooling.prepareMaxGradient,
      pooling.prepareAverage,
      pooling.prepareAverageGradient,
    ];
    for (const prepare of prepares) {
      const failure = prepare(shape);
      await expect(failure).rejects.toBeInstanceOf(kind);
      await expect(failure).rejects.toThrow(message);
    }
  });

  it('arrays of other lengths', async () => {
    const [image, pooled] = [new Float32Array(imageLength(tiled)), new Float32Array(pooledLength(tiled))];
    await expect(pooling.runMaxGradient(image, pooled, tiled)).resolves.toHaveLength(image.length);
    await expect(pooling.runMax(pooled, tiled)).rejects.toThrow('input has 96 values, expected 384');
    await expect(pooling.runMaxGradient(image, image, tiled)).rejects.toThrow(
      'outputGradient has 384 values, expected 96',
    );
  });

  it('images larger than a binding', async () => {
    const small = await testSession({ maxBindingBytes: 1024 });
    const kernel = createPooling(small);
    const shape = { ...tiled, batch: 1, height: 16, width: 16, channels: 1 };
    await expect(kernel.runMax(new Float32Array(512), { ...shape, batch: 2 })).rejects.toBeInstanceOf(
      LimitExceededError,
    );
    await expect(kernel.runMax(new Float32Array(256), shape)).resolves.toHaveLength(64);
    small.dispose();
  });
});
