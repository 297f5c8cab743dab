import { beforeAll, describe, expect, it } from 'vitest';
import { rowCounts, uniform } from '../../../test/support/cases.ts';
import { testSession } from '../../../test/support/device.ts';
import { InvalidInputError, InvalidOptionError, LimitExceededError, type Session } from '../../index.ts';
import { rankReference } from '../rank/rank.reference.ts';
import { selectReference } from './select.reference.ts';
import { createSelect, cutScore, type Select, type SelectInput } from './select.ts';

let session: Session;
let select: Select;
beforeAll(async () => {
  session = await testSession();
  select = createSelect(session);
});

const sides = ['bottom', 'top'] as const;

/** Selection by the scores themselves; must never ask for others. */
const exact = (scores: Float32Array, count: number, side: 'bottom' | 'top'): SelectInput => ({
  scores,
  count,
  side,
  errorBound: 0,
  rescore: (rows) => Float64Array.from(rows, (row) => scores[row]),
});

const kinds: Record<string, (u: number) => number> = {
  uniform: (u) => 200 * u - 100,
  'few values': (u) => Math.floor(u * 5) - 2,
  'all equal': () => -7,
  'zeros of both signs': (u) => (u < 0.5 ? 0 : -0),
  subnormals: (u) => (Math.floor(u * 9) - 4) * 2 ** -149,
  extremes: (u) => [-3.4e38, -1e-30, 0, 3.4e38][Math.floor(u * 4)],
};

describe('select', () => {
  for (const n of rowCounts(256)) {
    it(`equals the reference for n = ${n}`, async () => {
      for (const [at, kind] of Object.values(kinds).entries()) {
        const scores = uniform(n, at + 1).map(kind);
        for (const count of new Set([0, Math.min(1, n), Math.round(0.3 * n), Math.max(0, n - 1), n])) {
          for (const side of sides) {
            expect(await select.run(exact(scores, count, side))).toEqual(selectReference(scores, count, side));
          }
        }
      }
    });
  }

  it('counts over several workgroups, twice the same, from a buffer as from the host', async () => {
    const scores = uniform(20_001, 5).map((u) => Math.fround(Math.floor(u * 3000) / 7));
    const buffer = session.upload(scores, 'scores');
    for (const side of sides) {
      const rows = await select.run(exact(scores, 6000, side));
      expect(rows).toEqual(selectReference(scores, 6000, side));
      expect(await select.run(exact(scores, 6000, side))).toEqual(rows);
      expect(await select.run({ ...exact(scores, 6000, side), scores: { buffer, n: scores.length } })).toEqual(rows);
    }
    session.pool.release(buffer);
  });

  it('is what its formula says', async () => {
    const scores = uniform(500, 6).map((u) => Math.floor(u * 40));
    const order = rankReference(scores, 'descending');
    const count = 150;
    expect(await select.run(exact(scores, count, 'top'))).toEqual(order.slice(0, count).sort());
  });

  it('finds the cut score on the GPU alone', async () => {
    const scores = uniform(3000, 7).map((u) => u - 0.5);
    const sorted = scores.toSorted();
    const { encode } = await select.prepare();
    for (const side of sides) {
      const [state] = await session.submit('test', (step) => [
        { buffer: encode(step, { n: 3000, scores: step.upload(scores, 'scores'), count: 900, side }), bytes: 4 },
      ]);
      expect(cutScore(state, side)).toBe(side === 'bottom' ? sorted[899] : sorted[2100]);
    }
  });

  for (const side of sides) {
    it(`takes the rows of the float64 scores: ${side}, scores equal in f32`, async () => {
      // Apart by 1e-12 only, in an order that is not that of the rows.
      const truth = Float64Array.from({ length: 1000 }, (_, row) => 5 + ((row * 367) % 1000) * 1e-12);
      const scores = Float32Array.from(truth);
      expect(new Set(scores).size).toBe(1);
      const asked: number[] = [];
      const rescore = (rows: Uint32Array) => {
        asked.push(rows.length);
        return Float64Array.from(rows, (row) => truth[row]);
      };
      const rows = await select.run({ scores, count: 300, side, errorBound: 1e-6, rescore });
      expect(rows).toEqual(selectReference(truth, 300, side));
      expect(asked).toEqual([1000]);
    });

    it(`takes the same rows whatever error within the bound the scores have: ${side}`, async () => {
      const n = 1000;
      const bound = 0.01;
      const truth = Float64Array.from(uniform(n, 11));
      const expected = selectReference(truth, 300, side);
      for (let adapter = 0; adapter < 4; adapter++) {
        const noise = uniform(n, 100 + adapter);
        const scores = Float32Array.from(truth, (t, row) => t + (2 * noise[row] - 1) * 0.99 * bound);
        let asked = 0;
        const rescore = (rows: Uint32Array) => {
          asked += rows.length;
          return Float64Array.from(rows, (row) => truth[row]);
        };
        expect(await select.run({ scores, count: 300, side, errorBound: bound, rescore })).toEqual(expected);
        // Borderline rows lie within two bounds of the cut on either side: 4 % of rows spread evenly.
        expect(asked).toBeLessThan(80);
        // A bound for each row: far fewer are in doubt where only a few are uncertain.
        const own = Float32Array.from({ length: n }, (_, row) => (row % 10 === 0 ? bound : 0.0001));
        const better = Float32Array.from(truth, (t, row) => t + (2 * noise[row] - 1) * 0.9 * own[row]);
        asked = 0;
        expect(await select.run({ scores: better, count: 300, side, errorBound: own, rescore })).toEqual(expected);
        expect(asked).toBeLessThan(30);
      }
    });

    it(`breaks true ties by the lower row: ${side}`, async () => {
      const scores = Float32Array.of(1, 1, 1, 1, 1, 2, 0);
      const rescore = (rows: Uint32Array) => Float64Array.from(rows, (row) => [1.1, 1, 1.1, 1, 1, 2, 0][row]);
      const rows = await select.run({ scores, count: 3, side, errorBound: 0.2, rescore });
      expect([...rows]).toEqual(side === 'bottom' ? [1, 3, 6] : [0, 2, 5]);
    });
  }

  it('scores only rows in doubt again, and none for an empty or a whole selection', async () => {
    const scores = Float32Array.of(5, 1, 9, 1, 7);
    const asked: number[][] = [];
    const rescore = (rows: Uint32Array) => {
      asked.push([...rows]);
      return Float64Array.from(rows, (row) => scores[row]);
    };
    const take = async (count: number, side: 'bottom' | 'top') => [
      ...(await select.run({ scores, count, side, errorBound: 0.5, rescore })),
    ];
    expect(await take(2, 'bottom')).toEqual([1, 3]);
    expect(await take(2, 'top')).toEqual([2, 4]);
    expect(asked).toEqual([[1, 3], [4]]);
    expect(await take(0, 'top')).toEqual([]);
    expect(await take(5, 'top')).toEqual([0, 1, 2, 3, 4]);
    expect(asked.length).toBe(2);
  });

  it('moves with a permutation of rows without ties', async () => {
    const scores = Float32Array.from({ length: 600 }, (_, row) => (row * 7919) % 601);
    const shifted = Float32Array.from(scores, (_, row) => scores[(row + 13) % 600]);
    const rows = await select.run(exact(scores, 200, 'bottom'));
    const moved = await select.run(exact(shifted, 200, 'bottom'));
    expect(moved.map((row) => (row + 13) % 600).sort()).toEqual(rows);
  });

  it('refuses bad input by name; the control passes', async () => {
    const good = exact(Float32Array.of(3, 1, 2), 1, 'bottom');
    const refused = (
      change: Partial<SelectInput>,
      message: RegExp,
      kind: new (message: string) => Error = InvalidInputError,
    ) =>
      Promise.all([
        expect(select.run({ ...good, ...change })).rejects.toThrow(message),
        expect(select.run({ ...good, ...change })).rejects.toThrow(kind),
      ]);
    await refused({ count: 4 }, /count is 4, expected a whole number from 0 to n = 3/);
    await refused({ count: 1.5 }, /count is 1.5/);
    await refused({ count: -1 }, /count is -1/);
    await refused({ side: 'left' as 'top' }, /side is left/, InvalidOptionError);
    await refused({ scores: Float32Array.of(3, Number.NaN, 2) }, /score of row 1 is NaN/);
    await refused({ scores: Float32Array.of(3, 1, Infinity) }, /score of row 2 is Infinity/);
    await refused({ errorBound: -1 }, /errorBound is -1/);
    await refused({ errorBound: Number.NaN }, /errorBound is NaN/);
    await refused({ errorBound: new Float32Array(2) }, /errorBound has 2 values, expected n = 3/);
    await refused({ errorBound: 5, rescore: () => new Float64Array(1) }, /rescore returned 1 scores, expected 3/);
    await refused({ errorBound: 2, rescore: (rows) => new Float64Array(rows.length) }, /row 0 was scored 3 and then 0/);
    await refused({ errorBound: 2, rescore: (rows) => new Float64Array(rows.length).fill(Number.NaN) }, /then NaN/);
    expect([...(await select.run(good))]).toEqual([1]);
  });

  it('refuses more rows than a binding holds; the control passes', async () => {
    // The state of the search takes 1036 bytes.
    const narrow = createSelect(await testSession({ maxBindingBytes: 1200 }));
    await expect(narrow.run(exact(uniform(301, 1), 3, 'top'))).rejects.toThrow(LimitExceededError);
    expect((await narrow.run(exact(uniform(300, 1), 3, 'top'))).length).toBe(3);
  });

  it('gives every buffer back', async () => {
    const before = session.pool.stats().liveBytes;
    await select.run(exact(uniform(2000, 1), 3, 'top'));
    expect(session.pool.stats().liveBytes).toBe(before);
  });
});
