import { beforeAll, describe, expect, it } from 'vitest';
import { uniform } from '../../../test/support/cases.ts';
import { expectSameBits, expectWithin } from '../../../test/support/compare.ts';
import { testSession } from '../../../test/support/device.ts';
import { poisonedBuffer, readPoisoned } from '../../../test/support/poison.ts';
import {
  bufferUsage,
  createPlan,
  InvalidInputError,
  InvalidOptionError,
  LimitExceededError,
  type Session,
} from '../../index.ts';
import { uniformData } from '../uniform-data.ts';
import { momentumSgdBounds } from './momentum-sgd.bounds.ts';
import { type MomentumSgdInput, momentumSgdReference } from './momentum-sgd.reference.ts';
import { createMomentumSgd, type MomentumSgd, type MomentumSgdOptions } from './momentum-sgd.ts';

let session: Session;
let kernel: MomentumSgd;
beforeAll(async () => {
  session = await testSession();
  kernel = createMomentumSgd(session);
});

const signed = (count: number, seed: number) => uniform(count, seed).map((u) => 2 * u - 1);

const makeInput = (count: number, decayCount: number, nesterov = false): MomentumSgdInput => ({
  weights: signed(count, 1),
  momenta: signed(count, 2),
  gradients: signed(count, 3),
  decayCount,
  momentum: 0.9,
  weightDecay: 0.1,
  nesterov,
  learningRate: 0.05,
});

async function expectReference(input: MomentumSgdInput, what: string) {
  const actual = await kernel.run(input);
  const expected = momentumSgdReference(input);
  const bounds = momentumSgdBounds(input);
  expectWithin(actual.weights, expected.weights, (i) => bounds.weights[i], `${what}: weights`);
  expectWithin(actual.momenta, expected.momenta, (i) => bounds.momenta[i], `${what}: momenta`);
}

describe('momentum-sgd', () => {
  it('equals the reference for counts around a workgroup, whatever part decays', async () => {
    for (const nesterov of [false, true]) {
      for (const count of [0, 1, 2, 3, 4, 63, 64, 65, 255, 256, 259, 260, 1009, 4096]) {
        for (const decayCount of new Set([0, Math.floor(count / 2), count])) {
          await expectReference(makeInput(count, decayCount, nesterov), `${count}, ${decayCount} decay, ${nesterov}`);
        }
      }
    }
  });

  it('equals the reference without momentum, decay or rate, and with small and large numbers', async () => {
    const input = makeInput(70, 33);
    for (const rule of [{ momentum: 0 }, { weightDecay: 0 }, { learningRate: 0 }, { learningRate: -2 }]) {
      await expectReference({ ...input, ...rule }, JSON.stringify(rule));
    }
    for (const scale of [1e-30, 1e20]) {
      const gradients = input.gradients.map((value) => value * scale);
      await expectReference({ ...input, gradients }, `gradients of ${scale}`);
    }
  });

  it('follows the loss down: a quadratic ends at its minimum', async () => {
    // Loss (w - 3)^2 / 2 with the rule's decay 0: its gradient is w - 3.
    let weights: Float32Array = Float32Array.of(0, 10, -4, 3);
    let momenta: Float32Array = new Float32Array(4);
    for (let step = 0; step < 150; step++) {
      const gradients = weights.map((w) => w - 3);
      const rule = { decayCount: 0, momentum: 0.5, weightDecay: 0, nesterov: step % 2 === 0, learningRate: 0.2 };
      ({ weights, momenta } = await kernel.run({ weights, momenta, gradients, ...rule }));
    }
    expectWithin(weights, [3, 3, 3, 3], () => 1e-5, 'minimum');
  });

  it('updates in pieces what is beyond a binding, with the same bits, and runs twice the same', async () => {
    const small = await testSession({ maxBindingBytes: 1000 });
    for (const count of [1009, 1012]) {
      const input = makeInput(count, 500);
      const whole = await kernel.run(input);
      expect(await kernel.run(input)).toEqual(whole);
      const pieces = await createMomentumSgd(small).run(input);
      expectSameBits(pieces.weights, whole.weights, `${count}: weights`);
      expectSameBits(pieces.momenta, whole.momenta, `${count}: momenta`);
    }
    expect(small.pool.stats().liveBytes).toBe(0);
    small.dispose();
  });
});

/** Weights and momenta with a guard tail, and the rest that a step reads. */
async function arenas(input: MomentumSgdInput) {
  const count = input.weights.length;
  const outputs = [poisonedBuffer(session, count * 4, 'weights'), poisonedBuffer(session, count * 4, 'momenta')];
  session.device.queue.writeBuffer(outputs[0].buffer, 0, input.weights.slice());
  session.device.queue.writeBuffer(outputs[1].buffer, 0, input.momenta.slice());
  const gradients = session.upload(input.gradients, 'gradients');
  const { weights: _w, momenta: _m, gradients: _g, learningRate: _l, ...rule } = input;
  const { encode } = await kernel.prepare({ count, ...rule });
  const [weights, momenta] = outputs.map(({ buffer }) => ({ buffer }));
  return { outputs, encode, io: { weights, momenta, gradients: { buffer: gradients } }, gradients };
}

describe('momentum-sgd: encode', () => {
  it('writes both arenas and nothing behind them', async () => {
    for (const count of [1, 66, 68]) {
      const input = makeInput(count, 1);
      const { outputs, encode, io, gradients } = await arenas(input);
      const [weights, momenta] = await readPoisoned(session, outputs, (step) =>
        encode(step, { ...io, learningRate: { buffer: step.uniform(uniformData([], [0.05]), 'rate') } }),
      );
      session.pool.release(gradients);
      const expected = await kernel.run(input);
      expectSameBits(new Float32Array(weights), expected.weights, 'weights');
      expectSameBits(new Float32Array(momenta), expected.momenta, 'momenta');
    }
  });

  it('a loss that is not finite leaves everything as it was; that of another slot does not', async () => {
    const input = makeInput(68, 30);
    const totals = session.upload(
      Float32Array.from([Number.NaN, Number.POSITIVE_INFINITY, 1].flatMap((loss) => [loss, 0, 1, 0])),
      'totals',
    );
    const moved = await kernel.run(input);
    for (const [slot, expected] of [[0, input] as const, [1, input] as const, [2, moved] as const]) {
      const { outputs, encode, io, gradients } = await arenas(input);
      const [weights, momenta] = await readPoisoned(session, outputs, (step) =>
        encode(step, {
          ...io,
          learningRate: { buffer: step.uniform(uniformData([], [0.05]), 'rate') },
          guard: {
            totals: { buffer: totals, size: 48 },
            slot: { buffer: step.uniform(uniformData([slot]), 'slot') },
          },
        }),
      );
      session.pool.release(gradients);
      expectSameBits(new Float32Array(weights), expected.weights, `slot ${slot}: weights`);
      expectSameBits(new Float32Array(momenta), expected.momenta, `slot ${slot}: momenta`);
    }
    session.pool.release(totals);
  });

  it('a plan replays it with the rate that the buffer holds by then: as steps do', async () => {
    const input = makeInput(130, 70, true);
    const rates = [0.1, 0.02, 0.5];
    const { outputs, encode, io, gradients } = await arenas(input);
    const learningRate = session.pool.acquire(16, bufferUsage.uniform, 'rate');
    const plan = createPlan(session, 'plan');
    encode(plan, { ...io, learningRate: { buffer: learningRate } });
    let stepped: { weights: Float32Array; momenta: Float32Array } = input;
    for (const rate of rates) {
      session.device.queue.writeBuffer(learningRate, 0, Float32Array.of(rate));
      await session.submit('replay', ({ encoder }) => {
        plan.replay(encoder);
        return [];
      });
      stepped = await kernel.run({ ...input, ...stepped, learningRate: rate });
    }
    const [weights, momenta] = await readPoisoned(session, outputs, () => {
      plan.dispose();
    });
    expectSameBits(new Float32Array(weights), stepped.weights, 'weights');
    expectSameBits(new Float32Array(momenta), stepped.momenta, 'momenta');
    session.pool.release(gradients);
    session.pool.release(learningRate);
  });
});

describe('momentum-sgd: errors', () => {
  const good = makeInput(8, 4);

  it('control: the same input without a fault runs', async () => {
    expect((await kernel.run(good)).weights).toHaveLength(8);
  });

  it.each<[string, Partial<MomentumSgdInput>, new (message: string) => Error, string]>([
    ['momenta', { momenta: new Float32Array(7) }, InvalidInputError, '7 momenta, expected as many as weights, 8'],
    ['gradients', { gradients: new Float32Array(9) }, InvalidInputError, '9 gradients, expected as many as weights, 8'],
    ['a rate', { learningRate: Number.NaN }, InvalidInputError, 'learningRate is NaN, expected a finite number'],
    ['momentum', { momentum: 1 }, InvalidOptionError, 'momentum is 1, expected at least 0 and below 1'],
    ['weight decay', { weightDecay: -1 }, InvalidOptionError, 'weightDecay is -1, expected a finite number >= 0'],
    ['more decay', { decayCount: 9 }, InvalidOptionError, 'decayCount is 9, expected a whole number up to count = 8'],
    ['nesterov', { nesterov: 1 as unknown as boolean }, InvalidOptionError, 'nesterov is 1, expected true or false'],
  ])('%s', async (_name, fault, kind, message) => {
    const failure = kernel.run({ ...good, ...fault });
    await expect(failure).rejects.toBeInstanceOf(kind);
    await expect(failure).rejects.toThrow(message);
  });

  it('prepare refuses a count and names it does not know', async () => {
    const options = { count: 4, decayCount: 0, momentum: 0.9, weightDecay: 0, nesterov: false };
    await expect(kernel.prepare({ ...options, count: 1.5 })).rejects.toThrow('count is 1.5, expected a whole number');
    const misspelt = { ...options, dampening: 0 } as MomentumSgdOptions;
    await expect(kernel.prepare(misspelt)).rejects.toThrow('unknown option dampening');
    await expect(kernel.prepare(options)).resolves.toBeDefined();
  });

  it('a binding that holds fewer elements than a piece has', async () => {
    const small = await testSession({ maxBindingBytes: 255 });
    await expect(createMomentumSgd(small).run(makeInput(64, 0))).rejects.toBeInstanceOf(LimitExceededError);
    await expect(createMomentumSgd(small).run(makeInput(63, 0))).resolves.toBeDefined();
    small.dispose();
  });

  it('gives every buffer back', async () => {
    const before = session.pool.stats().liveBytes;
    await kernel.run(good);
    expect(session.pool.stats().liveBytes).toBe(before);
  });
});
