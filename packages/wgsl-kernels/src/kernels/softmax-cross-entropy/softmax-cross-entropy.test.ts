import { beforeAll, describe, expect, it } from 'vitest';
import { classCounts, makeMatrix, permuteRows, rowCounts, uniform } from '../../../test/support/cases.ts';
import { expectSameBits, expectWithin } from '../../../test/support/compare.ts';
import { testSession } from '../../../test/support/device.ts';
import { poisonedBuffer, readPoisoned } from '../../../test/support/poison.ts';
import {
  createPlan,
  InvalidInputError,
  InvalidOptionError,
  LimitExceededError,
  type Recorder,
  type Session,
} from '../../index.ts';
import { uniformData } from '../uniform-data.ts';
import { softmaxCrossEntropyBounds } from './softmax-cross-entropy.bounds.ts';
import { type SoftmaxCrossEntropyInput, softmaxCrossEntropyReference } from './softmax-cross-entropy.reference.ts';
import {
  createSoftmaxCrossEntropy,
  type SoftmaxCrossEntropy,
  type SoftmaxCrossEntropyOptions,
  type SoftmaxCrossEntropyOutput,
} from './softmax-cross-entropy.ts';
import { SOFTMAX_CROSS_ENTROPY_WORKGROUP } from './softmax-cross-entropy.wgsl.ts';

let session: Session;
let kernel: SoftmaxCrossEntropy;
beforeAll(async () => {
  session = await testSession();
  kernel = createSoftmaxCrossEntropy(session);
});

const spread = (range: number) => ({ name: `within ${range}`, value: (u: number) => (2 * u - 1) * range });

function makeInput(n: number, c: number, seed: number, range = 5): SoftmaxCrossEntropyInput {
  const labels = Uint32Array.from(uniform(n, seed + 100), (u) => Math.floor(u * c));
  return { logits: makeMatrix(n, c, seed, spread(range)), labels };
}

/** Weights from 0 to 3, a quarter of them 0. */
const makeWeights = (count: number, seed: number) => uniform(count, seed).map((u) => Math.max(0, 4 * u - 1));

function expectReference(actual: SoftmaxCrossEntropyOutput, input: SoftmaxCrossEntropyInput, what: string): void {
  const expected = softmaxCrossEntropyReference(input);
  const bounds = softmaxCrossEntropyBounds(input);
  expectWithin([actual.loss], [expected.loss], () => bounds.loss, `${what}: loss`);
  expectWithin([actual.weightSum], [expected.weightSum], () => bounds.weightSum, `${what}: weights`);
  const gradientBound = (at: number) => bounds.logitsGradient[at];
  expectWithin(actual.logitsGradient, expected.logitsGradient, gradientBound, `${what}: gradient`);
  expect(actual.correctCount, `${what}: correct`).toBe(expected.correctCount);
}

describe('softmax-cross-entropy', () => {
  it('equals the reference for rows around a workgroup and every class count', async () => {
    for (const c of [...classCounts, 1000]) {
      for (const n of c === 10 ? rowCounts(SOFTMAX_CROSS_ENTROPY_WORKGROUP) : [1, 67]) {
        const input = makeInput(n, c, n + c);
        expectReference(await kernel.run(input), input, `n ${n} c ${c}`);
      }
    }
  });

  it('equals the reference with smoothing and weights, alone and together', async () => {
    for (const c of [2, 10]) {
      for (const labelSmoothing of [0, 0.1, 1]) {
        const plain = { ...makeInput(131, c, 7), labelSmoothing };
        // Not all of a weight 0, of which one class may be the only one.
        const classWeights = makeWeights(c, 8).map((weight) => weight + 0.25);
        const rowWeights = makeWeights(131, 9);
        for (const weights of [{}, { classWeights }, { rowWeights }, { classWeights, rowWeights }]) {
          const input = { ...plain, ...weights };
          const what = `c ${c} smoothing ${labelSmoothing} ${Object.keys(weights)}`;
          expectReference(await kernel.run(input), input, what);
        }
      }
    }
  });

  /** Offsets within 3, margins from 0 to 2. */
  const makeOffsets = (c: number, seed: number) => uniform(2 * c, seed).map((u, at) => (at < c ? 6 * u - 3 : 2 * u));

  it('equals the reference with offsets, margins, a scale and a focal exponent, alone and together', async () => {
    // Few shaders, since software drivers unroll the loops over the classes and take seconds for each.
    for (const c of [1, 4, 10]) {
      const plain = makeInput(131, c, 11);
      const classOffsets = makeOffsets(c, 12);
      for (const loss of [
        { focalGamma: c === 10 ? 2 : 0.5 },
        { classOffsets, logitScale: c === 10 ? 30 : 0.25, labelSmoothing: 0.1 },
        { classOffsets, logitScale: 8, focalGamma: 1.5, classWeights: makeWeights(c, 13).map((w) => w + 0.25) },
      ]) {
        const input = { ...plain, ...loss };
        expectReference(await kernel.run(input), input, `c ${c} ${Object.keys(loss)} ${loss.focalGamma ?? ''}`);
      }
    }
  });

  it('a focal loss keeps its digits where rows are sure, and where they are wrong', async () => {
    for (const range of [0.01, 15, 60]) {
      const input = { ...makeInput(130, 3, 14, range), focalGamma: 2 };
      expectReference(await kernel.run(input), input, `within ${range}`);
    }
    const logits = { data: Float32Array.of(400, 0, 0, 400, 4, 0), n: 3, d: 2 };
    const { loss, logitsGradient } = await kernel.run({ logits, labels: Uint32Array.of(0, 0, 0), focalGamma: 2 });
    const [q, p] = [1 / (1 + Math.exp(4)), 1 / (1 + Math.exp(-4))];
    const slope = (q * (q * q + 2 * p * q * -Math.log(p))) / 3;
    expectWithin([loss], [(400 - q * q * Math.log(p)) / 3], () => 1e-4, 'loss');
    expectWithin(logitsGradient, [0, 0, -1 / 3, 1 / 3, -slope, slope], () => 1e-7, 'gradient');
  });

  it('margins and offsets move what is trained, not what counts as correct', async () => {
    const logits = { data: Float32Array.of(2, 1, 1, 2), n: 2, d: 2 };
    const plain = { logits, labels: Uint32Array.of(0, 0) };
    const none = await kernel.run(plain);
    // A margin of 3 for class 0, whose rows are then trained as if their logit were 3 lower.
    const margin = await kernel.run({ ...plain, classOffsets: Float32Array.of(0, 0, 3, 9) });
    const moved = { ...logits, data: Float32Array.of(-1, 1, -2, 2) };
    const expected = await kernel.run({ ...plain, logits: moved });
    expect(margin.logitsGradient).toEqual(expected.logitsGradient);
    expect([margin.loss, margin.correctCount]).toEqual([expected.loss, none.correctCount]);
    const offset = await kernel.run({ ...plain, classOffsets: Float32Array.of(-3, 0, 0, 0) });
    expect(offset.logitsGradient).toEqual(expected.logitsGradient);
    const zero = { classOffsets: new Float32Array(4), logitScale: 1, focalGamma: 0 };
    expect(await kernel.run({ ...plain, ...zero })).toEqual(none);
  });

  it('logits 400 apart neither overflow nor vanish', async () => {
    for (const c of [2, 6, 7, 10, 100]) {
      const input = makeInput(65, c, 20 + c, 200);
      expectReference(await kernel.run({ ...input, labelSmoothing: 0.1 }), { ...input, labelSmoothing: 0.1 }, `c ${c}`);
    }
    const logits = { data: Float32Array.of(400, 0, 0, 400), n: 2, d: 2 };
    const { loss, correctCount, logitsGradient } = await kernel.run({ logits, labels: Uint32Array.of(0, 0) });
    expect([loss, correctCount, ...logitsGradient]).toEqual([200, 1, 0, 0, -0.5, 0.5]);
  });

  it('the first of the largest logits is the class that counts', async () => {
    const logits = { data: Float32Array.of(1, 3, 3, 1, 3, 3), n: 2, d: 3 };
    expect((await kernel.run({ logits, labels: Uint32Array.of(1, 2) })).correctCount).toBe(1);
  });

  it('agrees with finite differences of the loss', async () => {
    // Multiples of h stay exact in f32 when h is added; the third derivative of a row's loss is at most 1/(6 sqrt 3).
    const h = 2 ** -10;
    const n = 5;
    const c = 4;
    const grid = { name: 'grid', value: (u: number) => Math.round((8 * u - 4) / h) * h };
    const input = {
      ...makeInput(n, c, 30),
      logits: makeMatrix(n, c, 30, grid),
      labelSmoothing: 0.2,
      rowWeights: Float32Array.of(1, 0, 2, 0.5, 1),
    };
    const { logitsGradient } = await kernel.run(input);
    const lossAt = (at: number, value: number) =>
      softmaxCrossEntropyReference({ ...input, logits: { ...input.logits, data: input.logits.data.with(at, value) } })
        .loss;
    const slopes = Array.from(input.logits.data, (z, at) => (lossAt(at, z + h) - lossAt(at, z - h)) / (2 * h));
    const bounds = softmaxCrossEntropyBounds(input).logitsGradient;
    const truncation = (h * h) / 6 / (6 * Math.sqrt(3));
    expectWithin(logitsGradient, slopes, (at) => bounds[at] + truncation + 1e-12, 'slope');
  });

  it.each([
    { focalGamma: 2 },
    { focalGamma: 1, classOffsets: Float32Array.of(1, -2, 0.5, 0, 0.25, 1, 2, 0) },
    { logitScale: 2, classOffsets: Float32Array.of(1, -2, 0.5, 0, 0.25, 1, 2, 0) },
  ])('agrees with finite differences of the loss: %o', async (loss) => {
    const h = 2 ** -10;
    const grid = { name: 'grid', value: (u: number) => Math.round((8 * u - 4) / h) * h };
    const input = { ...makeInput(5, 4, 31), logits: makeMatrix(5, 4, 31, grid), ...loss };
    const { logitsGradient } = await kernel.run(input);
    const lossAt = (at: number, value: number) =>
      softmaxCrossEntropyReference({ ...input, logits: { ...input.logits, data: input.logits.data.with(at, value) } })
        .loss;
    // The second differences of h and 2 h cancel the third derivative; the fifth is below 1000 for these exponents.
    const slope = (z: number, at: number, step: number) => (lossAt(at, z + step) - lossAt(at, z - step)) / (2 * step);
    const slopes = Array.from(input.logits.data, (z, at) => (4 * slope(z, at, h) - slope(z, at, 2 * h)) / 3);
    const bounds = softmaxCrossEntropyBounds(input).logitsGradient;
    expectWithin(logitsGradient, slopes, (at) => bounds[at] + (1000 * h ** 4) / 30 + 1e-11, 'slope');
  });

  it('does not change when all logits of a row move by an exact amount, and runs twice the same', async () => {
    const eighths = { name: 'eighths', value: (u: number) => Math.floor(u * 64) / 8 };
    const base = { ...makeInput(70, 7, 40), logits: makeMatrix(70, 7, 40, eighths) };
    const moved = { ...base, logits: { ...base.logits, data: base.logits.data.map((z) => z + 256) } };
    const first = await kernel.run(base);
    expect(await kernel.run(moved)).toEqual(first);
    expect(await kernel.run(base)).toEqual(first);
  });

  it('permuted rows give permuted gradients, bit for bit', async () => {
    const input = makeInput(65, 6, 41);
    const order = Uint32Array.from({ length: 65 }, (_, row) => 64 - row);
    const permuted = { logits: permuteRows(input.logits, order), labels: input.labels.toReversed() };
    const expected = permuteRows({ data: (await kernel.run(input)).logitsGradient, n: 65, d: 6 }, order).data;
    expectSameBits((await kernel.run(permuted)).logitsGradient, expected, 'gradient');
  });
});

/** Uploads once and records on the same buffers: what a batch of a training run looks like. */
function onBuffers(input: SoftmaxCrossEntropyInput, slots: number) {
  const { data, n: rows, d: classCount } = input.logits;
  const gradient = poisonedBuffer(session, data.byteLength, 'gradient');
  const totals = poisonedBuffer(session, slots * 16, 'totals');
  const options: SoftmaxCrossEntropyOptions = { rows, classCount, rowWeights: input.rowWeights !== undefined };
  const uploads = [input.logits.data, input.labels, ...(input.rowWeights ? [input.rowWeights] : [])];
  const buffers = uploads.map((values) => session.upload(values, 'batch'));
  const io = {
    logits: { buffer: buffers[0] },
    labels: { buffer: buffers[1] },
    rowWeights: buffers[2] && { buffer: buffers[2] },
    logitsGradient: { buffer: gradient.buffer },
    totals: { buffer: totals.buffer, size: slots * 16 },
  };
  return {
    gradient,
    totals,
    async record(recorder: Recorder, slot: GPUBuffer) {
      (await kernel.prepare(options)).encode(recorder, { ...io, slot: { buffer: slot } });
    },
    encodeWith: async () => {
      const { encode } = await kernel.prepare(options);
      return (recorder: Recorder, slot: number) => {
        const buffer = recorder.uniform(uniformData([slot]), 'slot');
        encode(recorder, { ...io, slot: { buffer } });
      };
    },
    release: () => {
      for (const buffer of buffers) session.pool.release(buffer);
    },
  };
}

describe('softmax-cross-entropy: encode', () => {
  it('writes the gradient, the slots told, and nothing else', async () => {
    for (const [rows, c] of [
      [1, 1],
      [63, 7],
      [130, 10],
    ]) {
      const input = makeInput(rows, c, 50);
      const batch = onBuffers(input, 3);
      const encode = await batch.encodeWith();
      const [gradient, totals] = await readPoisoned(session, [batch.gradient, batch.totals], (step) => {
        for (const slot of [2, 0, 1]) encode(step, slot);
      });
      batch.release();
      const row = [...new Float32Array(totals, 0, 4)];
      expect([...new Float32Array(totals)]).toEqual([...row, ...row, ...row]);
      expect(row[3]).toBe(0);
      const [loss, correctCount, weightSum] = row;
      expectReference({ loss, correctCount, weightSum, logitsGradient: new Float32Array(gradient) }, input, `${rows}`);
    }
  });

  it('a row of weight 0 has gradient 0 and counts nowhere, whatever its logits hold', async () => {
    const rowWeights = makeWeights(100, 60);
    const clean = { ...makeInput(100, 5, 61), rowWeights };
    const dirty = clean.logits.data.map((z, at) => (rowWeights[Math.floor(at / 5)] === 0 ? Number.NaN : z));
    const batch = onBuffers({ ...clean, logits: { ...clean.logits, data: dirty } }, 1);
    const encode = await batch.encodeWith();
    const [gradient, totals] = await readPoisoned(session, [batch.gradient, batch.totals], (step) => encode(step, 0));
    batch.release();
    const expected = await kernel.run(clean);
    expectSameBits(new Float32Array(gradient), expected.logitsGradient, 'gradient');
    expect([...new Float32Array(totals)]).toEqual([expected.loss, expected.correctCount, expected.weightSum, 0]);
    const padding = new Float32Array(gradient).filter((_, at) => rowWeights[Math.floor(at / 5)] === 0);
    expect(padding.length).toBeGreaterThan(50);
    expect(padding.every((value) => Object.is(value, 0))).toBe(true);
  });

  it('all rows padding: loss 0 and gradient 0', async () => {
    const output = await kernel.run({ ...makeInput(3, 4, 62), rowWeights: new Float32Array(3) });
    expect(output).toEqual({ loss: 0, correctCount: 0, weightSum: 0, logitsGradient: new Float32Array(12) });
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])(
    'a logit of %s makes the loss NaN',
    async (bad) => {
      const input = makeInput(80, 6, 63);
      const batch = onBuffers({ ...input, logits: { ...input.logits, data: input.logits.data.with(471, bad) } }, 1);
      const encode = await batch.encodeWith();
      const [totals] = await readPoisoned(session, [batch.totals], (step) => encode(step, 0));
      batch.gradient.buffer.destroy();
      batch.release();
      expect(new Float32Array(totals)[0]).toBeNaN();
    },
  );

  it('a plan replays it, into the slot that the buffer names by then', async () => {
    const batch = onBuffers(makeInput(90, 10, 64), 4);
    const slot = session.pool.acquire(16, 0x40 | 0x8, 'slot');
    const plan = createPlan(session, 'plan');
    await batch.record(plan, slot);
    for (const value of [3, 1]) {
      session.device.queue.writeBuffer(slot, 0, Uint32Array.of(value));
      await session.submit('replay', ({ encoder }) => {
        plan.replay(encoder);
        return [];
      });
    }
    const encode = await batch.encodeWith();
    const [, totals] = await readPoisoned(session, [batch.gradient, batch.totals], (step) => {
      for (const value of [0, 2]) encode(step, value);
    });
    const rows = [0, 1, 2, 3].map((row) => [...new Uint32Array(totals, row * 16, 4)]);
    expect(rows).toEqual([rows[0], rows[0], rows[0], rows[0]]);
    plan.dispose();
    session.pool.release(slot);
    batch.release();
  });
});

describe('softmax-cross-entropy: errors', () => {
  const good: SoftmaxCrossEntropyInput = {
    logits: { data: Float32Array.of(1, 2, 3, 4), n: 2, d: 2 },
    labels: Uint32Array.of(0, 1),
    classWeights: Float32Array.of(1, 2),
    rowWeights: Float32Array.of(1, 2),
  };

  it('control: the same input without a fault runs', async () => {
    expect((await kernel.run(good)).weightSum).toBe(5);
  });

  it.each<[string, Partial<SoftmaxCrossEntropyInput>, new (message: string) => Error, string]>([
    ['a wrong length', { logits: { ...good.logits, n: 3 } }, InvalidInputError, 'logits has 4 values, expected n * d'],
    ['labels', { labels: Uint32Array.of(0) }, InvalidInputError, '1 labels, expected n = 2'],
    ['a label', { labels: Uint32Array.of(0, 2) }, InvalidInputError, 'label of row 1 is 2, expected less than c = 2'],
    [
      'NaN',
      { logits: { ...good.logits, data: Float32Array.of(1, 2, Number.NaN, 4) } },
      InvalidInputError,
      'logits row 1 holds NaN in column 0',
    ],
    ['class weights', { classWeights: Float32Array.of(1) }, InvalidInputError, '1 classWeights, expected 2'],
    ['a class weight', { classWeights: Float32Array.of(1, -1) }, InvalidInputError, 'classWeights[1] is -1'],
    ['a row weight', { rowWeights: Float32Array.of(Infinity, 1) }, InvalidInputError, 'rowWeights[0] is Infinity'],
    ['offsets', { classOffsets: Float32Array.of(1, 2, 3) }, InvalidInputError, '3 classOffsets, expected 2 * c = 4'],
    [
      'an offset',
      { classOffsets: Float32Array.of(1, 2, Number.NaN, 3) },
      InvalidInputError,
      'classOffsets[2] is NaN, expected a finite number',
    ],
    ['a scale', { logitScale: 0 }, InvalidOptionError, 'logitScale is 0, expected a finite number > 0'],
    ['an exponent', { focalGamma: -1 }, InvalidOptionError, 'focalGamma is -1, expected 0 to 16'],
    [
      'an exponent with smoothing',
      { focalGamma: 2, labelSmoothing: 0.1 },
      InvalidOptionError,
      'focalGamma is 2 and labelSmoothing 0.1, expected one of them to be 0',
    ],
    ['smoothing', { labelSmoothing: 1.5 }, InvalidOptionError, 'labelSmoothing is 1.5, expected 0 to 1'],
  ])('%s', async (_name, fault, kind, message) => {
    const failure = kernel.run({ ...good, ...fault });
    await expect(failure).rejects.toBeInstanceOf(kind);
    await expect(failure).rejects.toThrow(message);
  });

  it('prepare refuses sizes and names it does not know', async () => {
    await expect(kernel.prepare({ rows: 0, classCount: 2 })).rejects.toThrow('rows is 0, expected a whole number >= 1');
    await expect(kernel.prepare({ rows: 2, classCount: 1.5 })).rejects.toBeInstanceOf(InvalidOptionError);
    const misspelt = { rows: 2, classCount: 2, smoothing: 0.1 } as SoftmaxCrossEntropyOptions;
    await expect(kernel.prepare(misspelt)).rejects.toThrow('unknown option smoothing');
    await expect(kernel.prepare({ rows: 2, classCount: 2 })).resolves.toBeDefined();
  });

  it('weights are bound exactly when compiled for', async () => {
    const batch = onBuffers({ ...good, classWeights: undefined }, 1);
    const { encode } = await kernel.prepare({ rows: 2, classCount: 2 });
    const io = { logits: { buffer: batch.gradient.buffer }, labels: { buffer: batch.gradient.buffer } };
    const rest = { logitsGradient: io.logits, totals: io.logits, slot: io.logits };
    const record = (step: Recorder) => encode(step, { ...io, ...rest, rowWeights: io.logits });
    await expect(
      session.submit('test', (step) => {
        record(step);
        return [];
      }),
    ).rejects.toThrow('rowWeights given, compiled without');
    batch.gradient.buffer.destroy();
    batch.totals.buffer.destroy();
    batch.release();
  });

  it('a tensor larger than a binding', async () => {
    const small = await testSession({ maxBindingBytes: 1024 });
    const narrow = createSoftmaxCrossEntropy(small);
    await expect(narrow.run(makeInput(64, 5, 1))).rejects.toBeInstanceOf(LimitExceededError);
    await expect(narrow.run(makeInput(64, 4, 1))).resolves.toBeDefined();
    small.dispose();
  });

  it('gives every buffer back', async () => {
    const before = session.pool.stats().liveBytes;
    await kernel.run(good);
    expect(session.pool.stats().liveBytes).toBe(before);
  });
});
