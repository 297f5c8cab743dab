import { InvalidInputError, InvalidOptionError } from '@csx/wgsl-kernels';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { printedFormula } from '../../test/support/printed-formula.ts';
import { createCpuLatentOps } from '../latent-ops/cpu-latent-ops.ts';
import { createStream } from '../random/stream.ts';
import { drawPairs, newLatentCount } from './generation.ts';
import { keepSelectedPairs, selectionCount, selectMajorRows } from './selection.ts';

const ops = createCpuLatentOps();
const share = fc.double({ min: 0.01, max: 1, noNaN: true });

/** Own-class log-odds, by their definition. */
function logOdds(z: readonly number[], own: number): number {
  const others = z.filter((_, k) => k !== own);
  const most = Math.max(...others);
  return z[own] - most - Math.log(others.reduce((sum, x) => sum + Math.exp(x - most), 0));
}

describe('selectionCount and newLatentCount', () => {
  const selected = printedFormula(new URL('./selection.ts', import.meta.url), 'rows are selected: ', ['share', 'n']);
  const made = printedFormula(new URL('./generation.ts', import.meta.url), 'in one iteration: ', [
    'newShare',
    'minorCount',
  ]);

  it('are what the documentation prints', () => {
    fc.assert(
      fc.property(share, fc.integer({ min: 100, max: 100_000 }), (part, n) => {
        expect(selectionCount(part, n)).toBe(selected(part, n));
        expect(newLatentCount(part, n)).toBe(made(part, n));
      }),
    );
  });

  it("give the paper's counts", () => {
    expect(selectionCount(0.3, 3000)).toBe(900);
    expect([1000, 500, 300].map((n) => newLatentCount(0.1, n))).toEqual([100, 50, 30]);
    // 1000 + 19 * 100: close to the 3000 of a major.
    expect(1000 + 19 * newLatentCount(0.1, 1000)).toBe(2900);
  });

  it('round halves up', () => {
    expect(selectionCount(0.5, 5)).toBe(3);
    expect(newLatentCount(0.1, 45)).toBe(5);
  });

  it('refuse a share of which nothing is left', () => {
    expect(() => selectionCount(0.3, 1)).toThrow(InvalidInputError);
    expect(() => newLatentCount(0.1, 1)).toThrow(InvalidInputError);
    expect(selectionCount(0.5, 1)).toBe(1);
  });

  it.each([0, -1, 1.01, Number.NaN])('refuse the share %d', (bad) => {
    expect(() => selectionCount(bad, 10)).toThrow(InvalidOptionError);
    if (!(bad > 1)) expect(() => newLatentCount(bad, 10)).toThrow(InvalidOptionError);
  });

  it('allow more new latents than there are minors', () => {
    expect(newLatentCount(2.5, 10)).toBe(25);
    expect(() => newLatentCount(Number.POSITIVE_INFINITY, 10)).toThrow(InvalidOptionError);
  });
});

describe('selectMajorRows', () => {
  // Few values, so that ties are common; some so far apart that probabilities saturate. At most two other
  // classes, whose sum does not depend on their order.
  const logit = fc.constantFrom(-300, -1, 0, 1, 2, 300);
  const world = fc.integer({ min: 2, max: 3 }).chain((c) =>
    fc.record({
      rows: fc.array(fc.array(logit, { minLength: c, maxLength: c }), { minLength: 3, maxLength: 40 }),
      major: fc.nat(c - 1),
      every: fc.integer({ min: 1, max: 3 }),
      part: fc.double({ min: 0.4, max: 1, noNaN: true }),
    }),
  );

  it.each(['bottom', 'top'] as const)('takes exactly the %s rows by log-odds, equal ones the first', async (side) => {
    await fc.assert(
      fc.asyncProperty(world, async ({ rows, major, every, part }) => {
        const majorRows = Uint32Array.from(rows.keys()).filter((row) => row % every === 0);
        const logits = { data: Float32Array.from(rows.flat()), n: rows.length, d: rows[0].length };
        if (Math.round(part * majorRows.length) === 0) return;
        const selected = await selectMajorRows({ side, share: part, majorRows, logits, major }, ops);
        expect(selected).toHaveLength(Math.round(part * majorRows.length));
        const sign = side === 'bottom' ? 1 : -1;
        const ranked = [...majorRows].sort((a, b) => {
          // Equal logits give equal scores bit by bit; different ones differ by far more than rounding.
          const difference = sign * (logOdds(rows[a], major) - logOdds(rows[b], major));
          return Math.abs(difference) < 1e-9 ? a - b : difference;
        });
        expect([...selected]).toEqual(ranked.slice(0, selected.length).sort((a, b) => a - b));
      }),
    );
  });

  it('takes as many at random, every row equally often', async () => {
    const majorRows = Uint32Array.from({ length: 10 }, (_, i) => 3 * i);
    const times = new Map<number, number>();
    const rounds = 1000;
    for (let i = 0; i < rounds; i++) {
      const stream = createStream(1, 'selection', i);
      const selected = await selectMajorRows({ side: 'random', share: 0.3, majorRows, stream }, ops);
      expect(selected).toHaveLength(3);
      expect([...selected]).toEqual([...new Set(selected)].sort((a, b) => a - b));
      for (const row of selected) times.set(row, (times.get(row) ?? 0) + 1);
    }
    expect([...times.keys()].sort((a, b) => a - b)).toEqual([...majorRows]);
    // Five standard deviations of a binomial count with p = 0.3.
    for (const count of times.values())
      expect(Math.abs(count - 0.3 * rounds)).toBeLessThan(5 * Math.sqrt(rounds * 0.3 * 0.7));
  });

  it('refuses an unknown side', async () => {
    const given = {
      share: 1,
      majorRows: Uint32Array.of(0),
      logits: { data: Float32Array.of(1, 2), n: 1, d: 2 },
      major: 0,
    };
    await expect(selectMajorRows({ ...given, side: 'middle' as 'top' }, ops)).rejects.toThrow(InvalidOptionError);
  });
});

describe('keepSelectedPairs', () => {
  it('keeps the pairs of selected major rows, in order', () => {
    const pairs = { minorRows: Uint32Array.of(7, 8, 9, 7), majorRows: Uint32Array.of(1, 2, 3, 2) };
    expect(keepSelectedPairs(pairs, Uint32Array.of(2, 5))).toEqual({
      minorRows: Uint32Array.of(8, 7),
      majorRows: Uint32Array.of(2, 2),
    });
  });
});

describe('drawPairs', () => {
  it('uses every pair floor(count / pairs) or one more times', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 30 }), fc.nat(100), fc.nat(1000), (pairCount, count, seed) => {
        const drawn = drawPairs(pairCount, count, createStream(seed, 'draw'));
        expect(drawn).toHaveLength(count);
        const times = new Array<number>(pairCount).fill(0);
        for (const i of drawn) times[i] += 1;
        const least = Math.floor(count / pairCount);
        expect(times.every((used) => used === least || used === least + 1)).toBe(true);
        expect(drawPairs(pairCount, count, createStream(seed, 'draw'))).toEqual(drawn);
      }),
    );
  });

  it('draws nothing from nothing', () => {
    expect(drawPairs(0, 5, createStream(0, 'draw'))).toHaveLength(0);
  });
});
