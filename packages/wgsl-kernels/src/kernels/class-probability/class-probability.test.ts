import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { classCounts, rowCounts, uniform } from '../../../test/support/cases.ts';
import { expectWithin } from '../../../test/support/compare.ts';
import { testSession } from '../../../test/support/device.ts';
import { poisonedBuffer, readPoisoned } from '../../../test/support/poison.ts';
import { InvalidInputError, LimitExceededError, type Matrix, type Session } from '../../index.ts';
import { logOddsErrorBound, probabilityErrorBound } from './class-probability.bounds.ts';
import type { ClassProbabilityInput } from './class-probability.input.ts';
import {
  classProbabilityReference,
  ownClassLogOdds,
  probabilityFromLogOdds,
  SINGLE_CLASS_LOG_ODDS,
} from './class-probability.reference.ts';
import { type ClassProbability, createClassProbability } from './class-probability.ts';

let session: Session;
let kernel: ClassProbability;
beforeAll(async () => {
  session = await testSession();
  kernel = createClassProbability(session);
});

const logitKinds: Record<string, (u: number) => number> = {
  'a few apart': (u) => 8 * u - 4,
  '400 apart': (u) => 800 * u - 400,
  'either 400 or 0': (u) => (u < 0.5 ? 400 : 0),
  'all equal': () => 3.25,
  '2^101 apart': (u) => (u < 0.5 ? -(2 ** 100) : 2 ** 100),
};

function makeInput(n: number, c: number, seed: number, value: (u: number) => number) {
  const logits: Matrix = { data: uniform(n * c, seed).map(value), n, d: c };
  return { logits, labels: Uint32Array.from({ length: n }, (_, row) => (row * 7 + seed) % c) };
}

describe('class-probability', () => {
  for (const c of classCounts) {
    for (const n of rowCounts(64)) {
      it(`equals the reference within the derived bounds: n = ${n}, c = ${c}`, async () => {
        for (const [name, value] of Object.entries(logitKinds)) {
          const input = makeInput(n, c, n + c, value);
          const actual = await kernel.run(input);
          const expected = classProbabilityReference(input);
          const bound = (row: number) => logOddsErrorBound(Math.abs(expected.logOdds[row]), c);
          expectWithin(actual.logOdds, expected.logOdds, bound, `${name}: logOdds`);
          expectWithin(
            actual.probability,
            expected.probability,
            () => probabilityErrorBound(c),
            `${name}: probability`,
          );
          expect(actual.probability.every((p) => p >= 0 && p <= 1)).toBe(true);
        }
      });
    }
  }

  it('has useful bounds: a few units in the last place', () => {
    expect(logOddsErrorBound(10, 10)).toBeLessThan(1e-5);
    expect(logOddsErrorBound(10, 100)).toBeLessThan(2e-5);
    expect(probabilityErrorBound(10)).toBeLessThan(2e-6);
  });

  it('tells rows apart that saturate at probability 1, and ranks both the same', async () => {
    const data = Float32Array.of(40, 0, 0, 50, 0, 0, 390, -10, -10, 0, 40, 40);
    const { probability, logOdds } = await kernel.run({ logits: { data, n: 4, d: 3 }, labels: new Uint32Array(4) });
    expect([...probability.subarray(0, 3)]).toEqual([1, 1, 1]);
    expect(logOdds[0]).toBeLessThan(logOdds[1]);
    expect(logOdds[1]).toBeLessThan(logOdds[2]);
    expect(logOdds[3]).toBeLessThan(0);
  });

  it('is finite with one class', async () => {
    const { probability, logOdds } = await kernel.run({
      logits: { data: Float32Array.of(-5, 7), n: 2, d: 1 },
      labels: new Uint32Array(2),
    });
    expect([...probability]).toEqual([1, 1]);
    expect([...logOdds]).toEqual([SINGLE_CLASS_LOG_ODDS, SINGLE_CLASS_LOG_ODDS]);
    expect(probabilityFromLogOdds(SINGLE_CLASS_LOG_ODDS)).toBe(1);
    expect(1 - probabilityFromLogOdds(SINGLE_CLASS_LOG_ODDS)).toBe(0);
  });

  it('is what its formula says', () => {
    const text = readFileSync(new URL('./class-probability.ts', import.meta.url), 'utf8');
    const formula = (name: string) => new RegExp(`\\* {5}${name} = (.*)`).exec(text)?.[1] ?? '';
    const others = (z: number[], y: number) => z.filter((_, j) => j !== y);
    const sum = (values: number[]) => values.reduce((a, b) => a + b, 0);
    const logOddsOf = new Function('z', 'y', 'others', 'sum', 'exp', 'log', `return ${formula('logOdds')}`);
    const probabilityOf = new Function('logOdds', 'exp', `return ${formula('probability')}`);
    const input = makeInput(20, 7, 5, (u) => 8 * u - 4);
    const expected = classProbabilityReference(input);
    for (let row = 0; row < 20; row++) {
      const z = [...input.logits.data.subarray(row * 7, row * 7 + 7)];
      const y = input.labels[row];
      const logOdds = logOddsOf(z, y, others, sum, Math.exp, Math.log);
      // Both are right to some units in the last place of numbers up to 8.
      expect(Math.abs(logOdds - expected.logOdds[row])).toBeLessThan(1e-14);
      expect(Math.abs(probabilityOf(logOdds, Math.exp) - expected.probability[row])).toBeLessThan(1e-14);
      const softmax = Math.exp(z[y]) / sum(z.map(Math.exp));
      expect(Math.abs(softmax - expected.probability[row])).toBeLessThan(1e-14);
    }
  });

  it('does not change when all logits of a row move by an exact amount', async () => {
    const base = makeInput(100, 6, 2, (u) => Math.floor(u * 64) / 8);
    const moved = { ...base, logits: { ...base.logits, data: base.logits.data.map((z) => z + 256) } };
    expect(await kernel.run(moved)).toEqual(await kernel.run(base));
  });

  it('follows a permutation of rows, and runs twice the same', async () => {
    const input = makeInput(65, 10, 3, (u) => 30 * u);
    const first = await kernel.run(input);
    expect(await kernel.run(input)).toEqual(first);
    const data = new Float32Array(650);
    for (let row = 0; row < 65; row++) data.set(input.logits.data.subarray(row * 10, row * 10 + 10), (64 - row) * 10);
    const turned = await kernel.run({ logits: { data, n: 65, d: 10 }, labels: input.labels.toReversed() });
    expect(turned.logOdds.toReversed()).toEqual(first.logOdds);
  });

  it('writes every element and nothing behind, also where a binding holds 64 rows only', async () => {
    const input = makeInput(300, 7, 4, (u) => 20 * u - 10);
    const whole = await kernel.run(input);
    const narrow = await testSession({ maxBindingBytes: 64 * 7 * 4 });
    const { encode } = await createClassProbability(narrow).prepare();
    const outputs = [poisonedBuffer(session, 1200, 'probability'), poisonedBuffer(session, 1200, 'log-odds')];
    const results = await readPoisoned(narrow, outputs, (step) =>
      encode(step, {
        n: 300,
        c: 7,
        logits: step.upload(input.logits.data, 'logits'),
        labels: step.upload(input.labels, 'labels'),
        probability: outputs[0].buffer,
        logOdds: outputs[1].buffer,
      }),
    );
    expect(new Float32Array(results[0])).toEqual(whole.probability);
    expect(new Float32Array(results[1])).toEqual(whole.logOdds);
  });

  it('refuses bad input by name; the control passes', async () => {
    const good = { logits: { data: Float32Array.of(1, 2, 3, 4), n: 2, d: 2 }, labels: Uint32Array.of(0, 1) };
    const withLogits = (data: Float32Array): ClassProbabilityInput => ({ ...good, logits: { ...good.logits, data } });
    const refused = async (input: ClassProbabilityInput, message: RegExp) => {
      await expect(kernel.run(input)).rejects.toThrow(message);
      await expect(kernel.run(input)).rejects.toThrow(InvalidInputError);
      expect(() => classProbabilityReference(input)).toThrow(message);
    };
    await refused(withLogits(new Float32Array(3)), /logits has 3 values, expected n \* d = 2 \* 2 = 4/);
    await refused({ ...good, labels: new Uint32Array(3) }, /3 labels, expected n = 2/);
    await refused({ ...good, labels: Uint32Array.of(0, 2) }, /label of row 1 is 2, expected less than c = 2/);
    await refused(withLogits(Float32Array.of(1, 2, Number.NaN, 4)), /logit of row 1, class 0 is NaN/);
    await refused(withLogits(Float32Array.of(1, Infinity, 3, 4)), /logit of row 0, class 1 is Infinity/);
    await refused({ ...good, logits: { data: new Float32Array(0), n: 2, d: 0 } }, /logits.d is 0/);
    expect((await kernel.run(good)).logOdds[1]).toBe(1);
  });

  it('refuses rows of which 64 do not fit in a binding; the control passes', async () => {
    const narrow = createClassProbability(await testSession({ maxBindingBytes: 64 * 7 * 4 - 1 }));
    await expect(narrow.run(makeInput(64, 7, 1, (u) => u))).rejects.toThrow(LimitExceededError);
    expect((await narrow.run(makeInput(64, 6, 1, (u) => u))).logOdds.length).toBe(64);
  });

  it('gives every buffer back', async () => {
    const before = session.pool.stats().liveBytes;
    await kernel.run(makeInput(100, 10, 1, (u) => u));
    expect(session.pool.stats().liveBytes).toBe(before);
  });
});

describe('ownClassLogOdds', () => {
  it('keeps differences that f32 cannot hold', () => {
    const data = Float32Array.of(30, 0, 1e-7, 30, 0, 2e-7);
    const logits = { data, n: 2, d: 3 };
    const [a, b] = [ownClassLogOdds(logits, 0, 0), ownClassLogOdds(logits, 1, 0)];
    expect(Math.fround(a)).toBe(Math.fround(b));
    expect(a).toBeGreaterThan(b);
  });
});
