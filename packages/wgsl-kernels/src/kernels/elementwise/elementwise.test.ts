import { beforeAll, describe, expect, it } from 'vitest';
import { encodeInArenas } from '../../../test/support/arenas.ts';
import { makeMatrix, matrixKinds, uniform } from '../../../test/support/cases.ts';
import { expectSameBits, expectWithin } from '../../../test/support/compare.ts';
import { testSession } from '../../../test/support/device.ts';
import { encodeInHalfArenas, preparedOrRefused, toHalves } from '../../../test/support/halves.ts';
import {
  bufferUsage,
  halfStorageBound,
  InvalidInputError,
  InvalidOptionError,
  LimitExceededError,
  type Session,
} from '../../index.ts';
import { addReference, dropoutReference, reluGradientReference, reluReference } from './elementwise.reference.ts';
import { createElementwise, dropoutRandomData, type Elementwise } from './elementwise.ts';
import { vectorsOfLane, workgroupSize } from './elementwise.wgsl.ts';

let session: Session;
let elementwise: Elementwise;
beforeAll(async () => {
  session = await testSession();
  elementwise = createElementwise(session);
});

const u = 2 ** -23;
const signed = (count: number, seed: number) => uniform(count, seed).map((value) => 2 * value - 1);
/** Around a workgroup of single values and one of vectors on a software driver, and small ones. */
const lane = workgroupSize * vectorsOfLane.software;
const counts = [1, 2, 3, 4, 1009, lane - 1, lane + 1, 4 * lane, 4 * lane + 4, 8 * lane + 12];
const random = { seed: 0xdeadbeef, stream: 5, step: 17 };

describe('elementwise', () => {
  it('relu and its gradient are exact', async () => {
    for (const count of counts) {
      const input = signed(count, 1);
      const output = await elementwise.runRelu(input);
      expectSameBits(output, new Float32Array(reluReference(input)), `relu of ${count}`);
      const outputGradient = signed(count, 2);
      const expected = new Float32Array(reluGradientReference(output, outputGradient));
      expectSameBits(await elementwise.runReluGradient(output, outputGradient), expected, `gradient of ${count}`);
    }
  });

  it('relu at the kink: 0 and -0 give 0 and pass no gradient; NaN stays', async () => {
    const output = await elementwise.runRelu(Float32Array.of(0, -0, Number.NaN, 1));
    expectSameBits(output.subarray(0, 2), new Float32Array(2), 'zeros');
    expect([...output.subarray(2)]).toEqual([Number.NaN, 1]);
    expect([...(await elementwise.runReluGradient(output.with(2, 0), new Float32Array(4).fill(3)))]).toEqual([
      0, 0, 0, 3,
    ]);
  });

  it('add', async () => {
    for (const count of counts) {
      const [input, other] = [signed(count, 3), signed(count, 4)];
      const expected = addReference(input, other);
      expectWithin(await elementwise.runAdd(input, other), expected, (at) => u * Math.abs(expected[at]), `${count}`);
    }
    for (const kind of matrixKinds) {
      const [input, other] = [makeMatrix(100, 1, 5, kind).data, makeMatrix(100, 1, 6, kind).data];
      const expected = addReference(input, other);
      const bound = (at: number) => u * Math.abs(expected[at]) + 3 * 2 ** -126;
      expectWithin(await elementwise.runAdd(input, other), expected, bound, kind.name);
    }
  });

  it('dropout drops the same values as the reference, and scales the others', async () => {
    for (const count of counts) {
      for (const rate of [0.5, 0.1]) {
        const input = signed(count, 7);
        const expected = dropoutReference(input, rate, random);
        const actual = await elementwise.runDropout(input, rate, random);
        expectWithin(actual, expected, (at) => 2 * u * Math.abs(expected[at]), `${rate} of ${count}`);
        expect(actual.findIndex((value, at) => (value === 0) !== (expected[at] === 0))).toBe(-1);
      }
    }
  });

  it('dropout: the rate holds, seeds, streams and steps differ, a rate of 0 keeps all', async () => {
    const ones = new Float32Array(10_000).fill(1);
    const dropped = async (rate: number, from: typeof random) =>
      (await elementwise.runDropout(ones, rate, from)).map((value) => (value === 0 ? 1 : 0));
    const first = await dropped(0.3, random);
    // 5 standard deviations of a binomial distribution.
    const count = first.reduce((sum, value) => sum + value, 0);
    expect(Math.abs(count - 3000)).toBeLessThan(5 * Math.sqrt(10_000 * 0.3 * 0.7));
    for (const other of [{ seed: 1 }, { stream: 6 }, { step: 18 }]) {
      const both = (await dropped(0.3, { ...random, ...other })).reduce((sum, value, at) => sum + value * first[at], 0);
      expect(Math.abs(both - 900)).toBeLessThan(5 * Math.sqrt(10_000 * 0.09 * 0.91));
    }
    expectSameBits(await elementwise.runDropout(ones, 0, random), ones, 'rate 0');
  });

  it('encodes into steps and plans, at offsets, and writes nothing else', async () => {
    for (const count of [7, 1009, 4096]) {
      const [input, other] = [signed(count, 8), signed(count, 9)];
      const relu = await elementwise.prepareRelu(count);
      const { output } = await encodeInArenas(session, { input }, { output: count }, relu.encode);
      expectSameBits(output, await elementwise.runRelu(input), 'relu');
      const gradient = await elementwise.prepareReluGradient(count);
      const inputs = { output, outputGradient: other };
      const { inputGradient } = await encodeInArenas(session, inputs, { inputGradient: count }, gradient.encode);
      expectSameBits(inputGradient, await elementwise.runReluGradient(output, other), 'relu gradient');
      const add = await elementwise.prepareAdd(count);
      const sum = await encodeInArenas(session, { input, other }, { output: count }, add.encode);
      expectSameBits(sum.output, await elementwise.runAdd(input, other), 'add');
      const uniformBuffer = session.pool.acquire(16, bufferUsage.uniform, 'random');
      session.device.queue.writeBuffer(uniformBuffer, 0, dropoutRandomData(random));
      const dropout = await elementwise.prepareDropout(count, 0.5);
      const dropped = await encodeInArenas(session, { input }, { output: count }, (recorder, io) =>
        dropout.encode(recorder, { ...io, random: { buffer: uniformBuffer } }),
      );
      expectSameBits(dropped.output, await elementwise.runDropout(input, 0.5, random), 'dropout');
      session.pool.release(uniformBuffer);
    }
  });
});

describe('elementwise, stored as f16', () => {
  const both = { input: 'f16', output: 'f16' } as const;

  it('relu and its gradient are exact', async () => {
    for (const count of counts) {
      const input = toHalves(signed(count, 1));
      const relu = await preparedOrRefused(session, () => elementwise.prepareRelu(count, { storage: both }));
      const gradient = await preparedOrRefused(session, () =>
        elementwise.prepareReluGradient(count, { storage: { output: 'f16' } }),
      );
      if (relu === undefined || gradient === undefined) continue;
      const lengths = { output: count };
      const { output } = await encodeInHalfArenas(session, { input }, lengths, ['input', 'output'], relu.encode);
      expectSameBits(output, new Float32Array(reluReference(input)), `relu of ${count}`);
      const outputGradient = signed(count, 2);
      const { inputGradient } = await encodeInHalfArenas(
        session,
        { output, outputGradient },
        { inputGradient: count },
        ['output'],
        gradient.encode,
      );
      const expected = new Float32Array(reluGradientReference(output, outputGradient));
      expectSameBits(inputGradient, expected, `gradient of ${count}`);
    }
  });

  it('add takes any of its operands as f16', async () => {
    for (const halves of [['input', 'other', 'output'], ['input'], ['other', 'output'], ['output']]) {
      const storage = Object.fromEntries(halves.map((name) => [name, 'f16' as const]));
      for (const count of [1, 7, 1009, 4096]) {
        const made = { input: signed(count, 3), other: signed(count, 4) };
        const input = halves.includes('input') ? toHalves(made.input) : made.input;
        const other = halves.includes('other') ? toHalves(made.other) : made.other;
        const add = await preparedOrRefused(session, () => elementwise.prepareAdd(count, { storage }));
        if (add === undefined) continue;
        const { output } = await encodeInHalfArenas(session, { input, other }, { output: count }, halves, add.encode);
        const expected = addReference(input, other);
        const bound = (at: number) => {
          const sum = u * Math.abs(expected[at]) + 3 * 2 ** -126;
          return halves.includes('output') ? halfStorageBound(expected[at], sum) : sum;
        };
        expectWithin(output, expected, bound, `${halves} of ${count}`);
      }
    }
  });

  it('sums beyond 65504 become infinite, and NaN stays', async () => {
    const add = await preparedOrRefused(session, () => elementwise.prepareAdd(4, { storage: both }));
    if (add === undefined) return;
    const io = { input: Float32Array.of(6e4, -6e4, 6e4, 0), other: Float32Array.of(6e4, -6e4, 5e3, Number.NaN) };
    const { output } = await encodeInHalfArenas(session, io, { output: 4 }, ['input', 'output'], add.encode);
    expect([output[0], output[1], output[3]]).toEqual([Infinity, -Infinity, Number.NaN]);
    expect(Math.abs(output[2] - 65_000)).toBeLessThanOrEqual(halfStorageBound(65_000, 32));
  });

  it('dropout drops the same values', async () => {
    const random = { seed: 0xdeadbeef, stream: 5, step: 17 };
    const buffer = session.pool.acquire(16, bufferUsage.uniform, 'random');
    session.device.queue.writeBuffer(buffer, 0, dropoutRandomData(random));
    for (const count of [1, 7, 1009, 4096]) {
      const input = toHalves(signed(count, 7));
      const dropout = await preparedOrRefused(session, () => elementwise.prepareDropout(count, 0.3, { storage: both }));
      if (dropout === undefined) continue;
      const { output } = await encodeInHalfArenas(
        session,
        { input },
        { output: count },
        ['input', 'output'],
        (recorder, io) => dropout.encode(recorder, { ...io, random: { buffer } }),
      );
      const expected = dropoutReference(input, 0.3, random);
      const bound = (at: number) => halfStorageBound(expected[at], 2 * u * Math.abs(expected[at]));
      expectWithin(output, expected, bound, `dropout of ${count}`);
    }
    session.pool.release(buffer);
  });
});

describe('elementwise: errors', () => {
  it('control: arguments without a fault', async () => {
    await expect(elementwise.prepareDropout(4, 0.99)).resolves.toBeDefined();
    await expect(elementwise.runAdd(new Float32Array(4), new Float32Array(4))).resolves.toHaveLength(4);
  });

  it.each([
    ['relu of nothing', () => elementwise.prepareRelu(0), InvalidInputError, 'elementwise: relu: count is 0'],
    ['gradient of half a value', () => elementwise.prepareReluGradient(0.5), InvalidInputError, 'count is 0.5'],
    ['add of less than nothing', () => elementwise.prepareAdd(-1), InvalidInputError, 'count is -1'],
    ['too many values', () => elementwise.prepareAdd(2 ** 32), InvalidInputError, 'count is 4294967296'],
    ['a rate of 1', () => elementwise.prepareDropout(4, 1), InvalidOptionError, 'rate is 1'],
    ['a rate that is no number', () => elementwise.prepareDropout(4, Number.NaN), InvalidOptionError, 'rate is NaN'],
    [
      'other lengths',
      () => elementwise.runAdd(new Float32Array(4), new Float32Array(5)),
      InvalidInputError,
      'other has 5 values, expected 4',
    ],
    [
      'other lengths of a gradient',
      () => elementwise.runReluGradient(new Float32Array(4), new Float32Array(5)),
      InvalidInputError,
      'outputGradient has 5 values, expected 4',
    ],
  ])('%s', async (_name, call, kind, message) => {
    const failure = call();
    await expect(failure).rejects.toBeInstanceOf(kind);
    await expect(failure).rejects.toThrow(message);
  });

  it('values larger than a binding', async () => {
    const small = await testSession({ maxBindingBytes: 1024 });
    const kernel = createElementwise(small);
    await expect(kernel.runRelu(new Float32Array(257))).rejects.toBeInstanceOf(LimitExceededError);
    await expect(kernel.runRelu(new Float32Array(256))).resolves.toHaveLength(256);
    small.dispose();
  });
});
