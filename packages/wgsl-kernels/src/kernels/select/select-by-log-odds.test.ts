import { beforeAll, describe, expect, it } from 'vitest';
import { classCounts, rowCounts, uniform } from '../../../test/support/cases.ts';
import { testSession } from '../../../test/support/device.ts';
import { InvalidInputError, InvariantError, type Session } from '../../index.ts';
import { createClassProbability } from '../class-probability/class-probability.ts';
import { type SelectByLogOddsInput, selectByLogOddsReference } from './select.reference.ts';
import { createSelectByLogOdds, type SelectByLogOdds } from './select-by-log-odds.ts';

let session: Session;
let select: SelectByLogOdds;
beforeAll(async () => {
  session = await testSession();
  select = createSelectByLogOdds(session);
});

const logitKinds: Record<string, (u: number) => number> = {
  'a few apart': (u) => 8 * u - 4,
  '400 apart': (u) => 800 * u - 400,
  'few values, many ties': (u) => Math.floor(u * 3),
  'all equal': () => -1.5,
};

function makeInput(n: number, c: number, value: (u: number) => number): SelectByLogOddsInput {
  return {
    logits: { data: uniform(n * c, n + c).map(value), n, d: c },
    labels: Uint32Array.from({ length: n }, (_, row) => (row * 5) % c),
    count: Math.round(0.3 * n),
    side: 'bottom',
  };
}

describe('select by log-odds', () => {
  for (const c of classCounts) {
    it(`takes the rows of the float64 reference: c = ${c}`, async () => {
      for (const n of rowCounts(64)) {
        for (const value of Object.values(logitKinds)) {
          for (const side of ['bottom', 'top'] as const) {
            const input = { ...makeInput(n, c, value), side };
            expect((await select.run(input)).rows).toEqual(selectByLogOddsReference(input).rows);
          }
        }
      }
    });
  }

  it('takes any count, from none to all', async () => {
    const base = makeInput(65, 10, (u) => 8 * u);
    for (const count of [0, 1, 64, 65]) {
      const { rows, probability } = await select.run({ ...base, count });
      expect(rows).toEqual(selectByLogOddsReference({ ...base, count }).rows);
      expect(probability.length).toBe(65);
    }
  });

  it('orders rows whose probability is 1 in f32', async () => {
    const n = 200;
    const data = new Float32Array(n * 3);
    for (let row = 0; row < n; row++) data[row * 3] = 60 + ((row * 37) % n);
    const input = { logits: { data, n, d: 3 }, labels: new Uint32Array(n), count: 60, side: 'bottom' as const };
    const { rows, probability } = await select.run(input);
    expect(probability.every((p) => p === 1)).toBe(true);
    expect(rows.every((row) => (row * 37) % n < 60)).toBe(true);
    expect(rows.length).toBe(60);
  });

  for (const side of ['bottom', 'top'] as const) {
    it(`decides log-odds that are equal in f32 and apart in float64: ${side}`, async () => {
      const n = 500;
      const data = new Float32Array(n * 3);
      for (let row = 0; row < n; row++) data.set([30, 0, ((row * 183) % n) * 1e-9], row * 3);
      const input = { logits: { data, n, d: 3 }, labels: new Uint32Array(n), count: 150, side };
      const { rows, logOdds } = await select.run(input);
      expect(new Set(logOdds).size).toBeLessThan(5);
      expect(new Set(selectByLogOddsReference(input).logOdds).size).toBe(n);
      expect(rows).toEqual(selectByLogOddsReference(input).rows);
      // A larger third logit means smaller log-odds.
      const taken = (row: number) => (side === 'top' ? (row * 183) % n < 150 : (row * 183) % n >= n - 150);
      expect(rows.every(taken)).toBe(true);
    });
  }

  it('returns what class-probability returns, twice the same', async () => {
    const input = makeInput(300, 7, (u) => 10 * u);
    const first = await select.run(input);
    const { probability, logOdds } = await createClassProbability(session).run(input);
    expect(first.probability).toEqual(probability);
    expect(first.logOdds).toEqual(logOdds);
    expect(await select.run(input)).toEqual(first);
  });

  it('submits once and reads once', async () => {
    let submissions = 0;
    const counted: Session = {
      ...session,
      submit: (label, record) => {
        submissions++;
        return session.submit(label, record);
      },
    };
    await createSelectByLogOdds(counted).run(makeInput(100, 10, (u) => u));
    expect(submissions).toBe(1);
  });

  it('refuses bad input by name; the control passes', async () => {
    const good = makeInput(3, 2, (u) => u);
    await expect(select.run({ ...good, count: 4 })).rejects.toThrow(InvalidInputError);
    await expect(select.run({ ...good, labels: Uint32Array.of(0, 1, 2) })).rejects.toThrow(/label of row 2 is 2/);
    const logits = { ...good.logits, data: good.logits.data.with(3, Number.NaN) };
    await expect(select.run({ ...good, logits })).rejects.toThrow(/select: logit of row 1, class 1 is NaN/);
    expect((await select.run(good)).rows.length).toBe(1);
  });

  it('notices a device that is less accurate than WGSL demands', async () => {
    // The real device, told to add an error to the log-odds.
    const withError = (error: string): Session => ({
      ...session,
      pipeline: (source) =>
        session.pipeline({
          ...source,
          code: source.code.replace('logOdds[row] = odds;', `logOdds[row] = odds + ${error};`),
        }),
    });
    const input = makeInput(100, 10, (u) => 8 * u);
    await expect(createSelectByLogOdds(withError('0.001')).run(input)).rejects.toThrow(InvariantError);
    expect((await createSelectByLogOdds(withError('0.0')).run(input)).rows.length).toBe(30);
  });

  it('gives every buffer back', async () => {
    const before = session.pool.stats().liveBytes;
    await select.run(makeInput(100, 10, (u) => u));
    expect(session.pool.stats().liveBytes).toBe(before);
  });
});
