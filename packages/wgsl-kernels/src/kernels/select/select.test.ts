import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { rowCounts, uniform } from '../../../test/support/cases.ts';
import { testSession } from '../../../test/support/device.ts';
import { InvalidInputError, InvalidOptionError, LimitExceededError, type Session } from '../../index.ts';
import { rankReference } from '../rank/rank.reference.ts';
import { cutScore, selectVariants, stateOf } from './select.encode.ts';
import { selectReference } from './select.reference.ts';
import { createSelect, type Select, type SelectInput } from './select.ts';
import { type SelectVariant, selectBlock } from './select.wgsl.ts';

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

/** Those in use, and smaller ones with other digits that make many runs, and several blocks of the scan, of few rows. */
const variants: readonly SelectVariant[] = [
  ...Object.values(selectVariants),
  { run: 'workgroup', rowsPerLane: 1, digits: [8, 8, 8, 8] },
  { run: 'lane', rowsPerLane: 4, digits: [7, 7, 6, 6, 6] },
];

describe('select', () => {
  for (const variant of variants) {
    const name = `by ${variant.run}, ${variant.rowsPerLane} rows a lane`;

    it(`equals the reference: ${name}`, async () => {
      const selected = createSelect(session, variant);
      for (const n of rowCounts(Math.min(4096, selectBlock(variant)))) {
        for (const [at, kind] of Object.values(kinds).entries()) {
          const scores = uniform(n, at + 1).map(kind);
          const side = sides[at % 2];
          for (const count of new Set([Math.min(1, n), Math.round(0.3 * n), Math.max(0, n - 1)])) {
            expect(await selected.run(exact(scores, count, side))).toEqual(selectReference(scores, count, side));
          }
        }
      }
    });

    it(`takes any scores, with any bound: ${name}`, async () => {
      const selected = createSelect(session, variant);
      const scores = fc.float32Array({ noNaN: true, noDefaultInfinity: true, minLength: 1, maxLength: 700 });
      // From none to one that makes f32 overflow.
      const bounds = fc.constantFrom(0, 2 ** -149, 1e-3, 1, 1e30, 3e38, 1e300);
      await fc.assert(
        fc.asyncProperty(scores, fc.double({ min: 0, max: 1, noNaN: true }), bounds, async (data, part, errorBound) => {
          const count = Math.round(part * data.length);
          for (const side of sides) {
            const input = { ...exact(data, count, side), errorBound };
            expect(await selected.run(input)).toEqual(selectReference(data, count, side));
          }
        }),
        { numRuns: 20 },
      );
    });

    it(`finds the rows on the GPU alone, and those in doubt: ${name}`, async () => {
      const n = 5001;
      const scores = uniform(n, 8).map((u) => Math.floor(u * 500) - 250);
      const { encodeRows } = await createSelect(session, variant).prepare();
      for (const side of sides) {
        const [state, rows, doubtScores] = await session.submit('test', (step) => {
          const data = step.upload(scores, 'scores');
          const found = encodeRows(step, { n, scores: data, count: 1500, side, errorBound: 0 });
          return [
            { buffer: found.state, bytes: stateOf.bytes },
            { buffer: found.rows, bytes: n * 4 },
            { buffer: found.doubtScores, bytes: n * 4 },
          ];
        });
        const cut = cutScore(state, side);
        const { firstBad, sure, end } = stateOf(state);
        expect(firstBad).toBe(0xffffffff);
        const all = Array.from(scores.keys());
        const near = all.filter((row) => (side === 'bottom' ? scores[row] < cut : scores[row] > cut));
        const doubt = all.filter((row) => scores[row] === cut);
        expect([...new Uint32Array(rows, 0, sure)]).toEqual(near);
        expect([...new Uint32Array(rows, sure * 4, end - sure)]).toEqual(doubt);
        expect([...new Float32Array(doubtScores, 0, end - sure)]).toEqual(doubt.map(() => cut));
      }
    });
  }

  it('reads more when more rows are in doubt than were read at first', async () => {
    const n = 20_000;
    const truth = Float64Array.from({ length: n }, (_, row) => 5 + ((row * 3671) % n) * 1e-12);
    const scores = Float32Array.from(truth);
    let asked = 0;
    const rescore = (rows: Uint32Array) => {
      asked += rows.length;
      return Float64Array.from(rows, (row) => truth[row]);
    };
    const rows = await select.run({ scores, count: 6000, side: 'top', errorBound: 1e-6, rescore });
    expect(rows).toEqual(selectReference(truth, 6000, 'top'));
    expect(asked).toBe(n);
  });

  it('sends back neither the scores nor all rows', async () => {
    const n = 300_000;
    const scores = uniform(n, 9);
    const buffer = session.upload(scores, 'scores');
    const read: number[] = [];
    const counted: Session = {
      ...session,
      submit: (label, record) =>
        session.submit(label, (step) => {
          const reads = record(step);
          read.push(...reads.map(({ bytes }) => bytes));
          return reads;
        }),
    };
    const input = { ...exact(scores, 3000, 'top'), scores: { buffer, n }, errorBound: 1e-6 };
    const rows = await createSelect(counted).run(input);
    const expected = selectReference(scores, 3000, 'top');
    expect(rows.length).toBe(3000);
    expect(rows.findIndex((row, at) => row !== expected[at])).toBe(-1);
    expect(read.length).toBe(3);
    expect(read.reduce((sum, bytes) => sum + bytes)).toBeLessThan(n / 4);
    session.pool.release(buffer);
  });

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
    const buffer = session.upload(Float32Array.of(3, 1, -Infinity), 'scores');
    await refused({ scores: { buffer, n: 3 } }, /score of row 2 is -Infinity/);
    await refused({ scores: { buffer, n: 3 }, errorBound: new Float32Array(3) }, /score of row 2 is -Infinity/);
    expect((await select.run({ ...good, scores: { buffer, n: 2 }, rescore: () => Float64Array.of(1) })).length).toBe(1);
    session.pool.release(buffer);
    await refused({ errorBound: -1 }, /errorBound is -1/);
    await refused({ errorBound: Number.NaN }, /errorBound is NaN/);
    await refused({ errorBound: new Float32Array(2) }, /errorBound has 2 values, expected n = 3/);
    await refused({ errorBound: 5, rescore: () => new Float64Array(1) }, /rescore returned 1 scores, expected 3/);
    await refused({ errorBound: 2, rescore: (rows) => new Float64Array(rows.length) }, /row 0 was scored 3 and then 0/);
    await refused({ errorBound: 2, rescore: (rows) => new Float64Array(rows.length).fill(Number.NaN) }, /then NaN/);
    expect([...(await select.run(good))]).toEqual([1]);
  });

  it('refuses more rows than a binding holds; the control passes', async () => {
    // The state of the search takes 1044 bytes with bins for 8 bits.
    const narrow = createSelect(await testSession({ maxBindingBytes: 1200 }), selectVariants.software);
    await expect(narrow.run(exact(uniform(301, 1), 3, 'top'))).rejects.toThrow(LimitExceededError);
    expect((await narrow.run(exact(uniform(300, 1), 3, 'top'))).length).toBe(3);
  });

  it('gives every buffer back', async () => {
    const before = session.pool.stats().liveBytes;
    await select.run(exact(uniform(2000, 1), 3, 'top'));
    expect(session.pool.stats().liveBytes).toBe(before);
  });
});
