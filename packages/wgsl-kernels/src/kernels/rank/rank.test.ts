import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { rowCounts, uniform } from '../../../test/support/cases.ts';
import { testSession } from '../../../test/support/device.ts';
import { poisonedBuffer, readPoisoned } from '../../../test/support/poison.ts';
import { createPlan, InvalidInputError, InvalidOptionError, LimitExceededError, type Session } from '../../index.ts';
import { rankReference } from './rank.reference.ts';
import { createRank, type Rank, rankVariants } from './rank.ts';
import { type RankVariant, rankRunRows } from './rank.wgsl.ts';

let session: Session;
let rank: Rank;
beforeAll(async () => {
  session = await testSession();
  rank = createRank(session);
});

/** Those in use, and smaller ones that make many runs, and several blocks of the scan, of few rows. */
const variants: readonly RankVariant[] = [
  ...Object.values(rankVariants),
  { run: 'workgroup', rowsPerLane: 1 },
  { run: 'lane', rowsPerLane: 16 },
];

const orders = ['ascending', 'descending'] as const;
const subnormal = 2 ** -149;

const kinds: Record<string, (u: number, row: number) => number> = {
  uniform: (u) => 200 * u - 100,
  'few values': (u) => Math.floor(u * 5) - 2,
  'all equal': () => 7,
  'zeros of both signs': (u) => (u < 0.5 ? 0 : -0),
  subnormals: (u) => (Math.floor(u * 9) - 4) * subnormal,
  'infinities and extremes': (u) => [-Infinity, -3.4e38, -1, 0, 1, 3.4e38, Infinity][Math.floor(u * 7)],
  'already sorted': (_, row) => row,
  'sorted backwards': (_, row) => -row,
};

describe('rank', () => {
  for (const variant of variants) {
    const name = `by ${variant.run}, ${variant.rowsPerLane} rows a lane`;

    it(`equals the reference: ${name}`, async () => {
      const ranked = createRank(session, variant);
      for (const n of rowCounts(rankRunRows(variant))) {
        for (const [at, kind] of Object.values(kinds).entries()) {
          const scores = uniform(n, at + 1).map(kind);
          const order = orders[at % 2];
          expect(await ranked.run({ scores, order })).toEqual(rankReference(scores, order));
        }
      }
    });

    it(`sorts 20 000 rows, twice the same: ${name}`, async () => {
      const ranked = createRank(session, variant);
      const scores = uniform(20_000, 9).map((u) => Math.fround(Math.floor(u * 5000) / 7));
      for (const order of orders) {
        const rows = await ranked.run({ scores, order });
        expect(rows).toEqual(rankReference(scores, order));
        expect(await ranked.run({ scores, order })).toEqual(rows);
      }
    });

    it(`sorts any bits but NaN: ${name}`, async () => {
      const ranked = createRank(session, variant);
      const scores = fc.float32Array({ noNaN: true, maxLength: 700 });
      await fc.assert(
        fc.asyncProperty(scores, fc.constantFrom(...orders), async (data, order) => {
          expect(await ranked.run({ scores: data, order })).toEqual(rankReference(data, order));
        }),
        { numRuns: 25 },
      );
    });
  }

  it('sorts 300 000 rows of few values', async () => {
    const scores = uniform(300_000, 10).map((u) => Math.floor(u * 9) - 4);
    const rows = await rank.run({ scores });
    const expected = rankReference(scores);
    expect(rows.findIndex((row, at) => row !== expected[at])).toBe(-1);
  });

  it('is what its formula says', async () => {
    const scores = uniform(777, 3).map((u) => Math.floor(u * 50));
    const order = await rank.run({ scores });
    for (let i = 0; i + 1 < order.length; i++) {
      const j = i + 1;
      expect(
        scores[order[i]] < scores[order[j]] || (scores[order[i]] === scores[order[j]] && order[i] < order[j]),
      ).toBe(true);
    }
  });

  it('follows a permutation of rows without ties, and turns around with the sign', async () => {
    const scores = Float32Array.from({ length: 600 }, (_, row) => (row * 7919) % 601);
    const order = await rank.run({ scores });
    const shifted = Float32Array.from(scores, (_, row) => scores[(row + 13) % 600]);
    expect((await rank.run({ scores: shifted })).map((row) => (row + 13) % 600)).toEqual(order);
    expect(await rank.run({ scores: scores.map((s) => -s), order: 'descending' })).toEqual(order);
  });

  it('writes the whole order and nothing behind, and leaves the scores', async () => {
    const n = 2111;
    const scores = uniform(n, 4);
    for (const variant of variants) {
      const { encode } = await createRank(session, variant).prepare();
      const buffer = session.upload(scores, 'scores');
      const output = poisonedBuffer(session, n * 4, 'order');
      const [order] = await readPoisoned(session, [output], (step) =>
        encode(step, { n, scores: buffer, order: output.buffer, direction: 'descending' }),
      );
      expect(new Uint32Array(order)).toEqual(rankReference(scores, 'descending'));
      const [after] = await session.submit('test', () => [{ buffer, bytes: n * 4 }]);
      expect(new Float32Array(after)).toEqual(scores);
      session.pool.release(buffer);
    }
  });

  it('can be recorded once and replayed', async () => {
    const n = 3000;
    const [first, second] = [uniform(n, 5), uniform(n, 6)];
    const { encode } = await rank.prepare();
    const plan = createPlan(session, 'test');
    const scores = session.upload(first, 'scores');
    const order = session.upload(new Uint32Array(n), 'order');
    encode(plan, { n, scores, order, direction: 'ascending' });
    for (const data of [first, second, first]) {
      session.device.queue.writeBuffer(scores, 0, new Float32Array(data));
      const [bytes] = await session.submit('test', (step) => {
        plan.replay(step.encoder);
        return [{ buffer: order, bytes: n * 4 }];
      });
      expect(new Uint32Array(bytes)).toEqual(rankReference(data));
    }
    plan.dispose();
    session.pool.release(scores);
    session.pool.release(order);
  });

  it('refuses NaN and unknown orders; the controls pass', async () => {
    const scores = Float32Array.of(1, 2, Number.NaN);
    await expect(rank.run({ scores })).rejects.toThrow(
      new InvalidInputError('rank: score of row 2 is NaN, expected a number'),
    );
    const order = 'upwards' as 'ascending';
    await expect(rank.run({ scores: scores.subarray(0, 2), order })).rejects.toThrow(InvalidOptionError);
    expect(await rank.run({ scores: scores.subarray(0, 2) })).toEqual(Uint32Array.of(0, 1));
  });

  it('refuses more rows than a binding holds; the control passes', async () => {
    // The table of a single run takes 1024 bytes.
    const narrow = createRank(await testSession({ maxBindingBytes: 1024 }));
    await expect(narrow.run({ scores: new Float32Array(257) })).rejects.toThrow(LimitExceededError);
    expect((await narrow.run({ scores: new Float32Array(256) })).length).toBe(256);
  });

  it('gives every buffer back', async () => {
    const before = session.pool.stats().liveBytes;
    await rank.run({ scores: uniform(2000, 1) });
    expect(session.pool.stats().liveBytes).toBe(before);
  });
});
