import { beforeAll, describe, expect, it } from 'vitest';
import { rowCounts, uniform } from '../../../test/support/cases.ts';
import { testSession } from '../../../test/support/device.ts';
import { InvalidInputError, InvalidOptionError, LimitExceededError, type Session } from '../../index.ts';
import { rankReference } from './rank.reference.ts';
import { createRank, type Rank, rankPaddedCount } from './rank.ts';
import { RANK_BLOCK } from './rank.wgsl.ts';

let session: Session;
let rank: Rank;
beforeAll(async () => {
  session = await testSession();
  rank = createRank(session);
});

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
  for (const n of rowCounts(RANK_BLOCK)) {
    it(`equals the reference for n = ${n}`, async () => {
      for (const [at, kind] of Object.values(kinds).entries()) {
        const scores = uniform(n, at + 1).map(kind);
        for (const order of orders) expect(await rank.run({ scores, order })).toEqual(rankReference(scores, order));
      }
    });
  }

  it('sorts 20 000 rows across blocks, twice the same', async () => {
    const scores = uniform(20_000, 9).map((u) => Math.fround(Math.floor(u * 5000) / 7));
    const order = await rank.run({ scores });
    expect(order).toEqual(rankReference(scores));
    expect(await rank.run({ scores })).toEqual(order);
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

  it('writes the whole padded order and leaves the scores', async () => {
    const n = 513;
    const scores = uniform(n, 4);
    const { encode } = await rank.prepare();
    const [order, after] = await session.submit('test', (step) => {
      const buffer = step.upload(scores, 'scores');
      const padded = step.upload(new Uint32Array(rankPaddedCount(n)).fill(0xdeadbeef), 'order');
      encode(step, { n, scores: buffer, order: padded, direction: 'descending' });
      return [
        { buffer: padded, bytes: rankPaddedCount(n) * 4 },
        { buffer, bytes: n * 4 },
      ];
    });
    expect(new Uint32Array(order).slice(0, n)).toEqual(rankReference(scores, 'descending'));
    expect(new Uint32Array(order).slice(n).sort()).toEqual(Uint32Array.from({ length: 1024 - n }, (_, i) => n + i));
    expect(new Float32Array(after)).toEqual(scores);
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
    const narrow = createRank(await testSession({ maxBindingBytes: 4 * RANK_BLOCK }));
    await expect(narrow.run({ scores: new Float32Array(RANK_BLOCK + 1) })).rejects.toThrow(LimitExceededError);
    expect((await narrow.run({ scores: new Float32Array(RANK_BLOCK) })).length).toBe(RANK_BLOCK);
  });

  it('gives every buffer back', async () => {
    const before = session.pool.stats().liveBytes;
    await rank.run({ scores: uniform(2000, 1) });
    expect(session.pool.stats().liveBytes).toBe(before);
  });
});
