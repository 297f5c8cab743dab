import { InvalidInputError, InvalidOptionError, NumericError } from '@csx/wgsl-kernels';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { distance, madeUpLatents, rowOf } from '../../test/support/made-up-latents.ts';
import { createCpuLatentOps } from '../latent-ops/cpu-latent-ops.ts';
import { permutation } from '../random/permutation.ts';
import { createStream } from '../random/stream.ts';
import { cifar10ClassNames } from '../run/config.ts';
import { type ClassPairsInput, classPairsByName, findClassPairs } from './class-pairs.ts';
import { gatherRows, rowsByClass } from './class-rows.ts';
import { paperClassPairs } from './paper-class-pairs.ts';

const ops = createCpuLatentOps();
const base = { distance: 'centroid', assignment: 'closest' } as const;

const input = (
  counts: readonly number[],
  minors: readonly number[],
  over: Partial<ClassPairsInput> = {},
  seed = 1,
): ClassPairsInput => {
  const { latents, labels, classCount } = madeUpLatents(counts, 6, seed);
  const majors = counts.map((_, k) => k).filter((k) => !minors.includes(k));
  return { latents, labels, classCount, sizes: { minors, majors }, ...base, ...over };
};

/** Both distances by their definition, from all pairs of rows. */
function distanceBetween({ latents, labels, distance: kind }: ClassPairsInput, minor: number, major: number): number {
  const rows = (k: number) => [...labels.keys()].filter((row) => labels[row] === k).map((row) => rowOf(latents, row));
  const [minorRows, majorRows] = [rows(minor), rows(major)];
  if (kind === 'nearest') {
    const nearest = minorRows.map((z) => Math.min(...majorRows.map((y) => distance(z, y))));
    return nearest.reduce((sum, x) => sum + x, 0) / nearest.length;
  }
  const mean = (all: number[][]) => all[0].map((_, j) => all.reduce((sum, row) => sum + row[j], 0) / all.length);
  return distance(mean(minorRows), mean(majorRows));
}

describe('findClassPairs', () => {
  it.each(['centroid', 'nearest'] as const)('finds the closest major by %s distance', async (kind) => {
    const given = input([20, 5, 20, 7, 20, 3], [1, 3, 5], { distance: kind });
    const { pairs, automaticPairs } = await findClassPairs(given, ops);
    expect(pairs).toBe(automaticPairs);
    expect(pairs.map(({ minor }) => minor)).toEqual([1, 3, 5]);
    for (const pair of pairs) {
      const distances = [0, 2, 4].map((major) => distanceBetween(given, pair.minor, major));
      // Sums of at most 20 x 6 float64 terms of size 1, in another order.
      expect(pair.distance).toBeCloseTo(Math.min(...distances), 12);
      expect(pair.major).toBe([0, 2, 4][distances.indexOf(Math.min(...distances))]);
    }
  });

  it('lets a major serve several minors, and with matching does not', async () => {
    // On a line: minors at 1 and 2, majors at 0 and -5.
    const latents = { data: Float32Array.of(1, 2, 0, -5), n: 4, d: 1 };
    const given = {
      latents,
      labels: Uint32Array.of(0, 1, 2, 3),
      classCount: 4,
      sizes: { minors: [0, 1], majors: [2, 3] },
    };
    const closest = await findClassPairs({ ...given, ...base }, ops);
    expect(closest.pairs).toEqual([
      { minor: 0, major: 2, distance: 1 },
      { minor: 1, major: 2, distance: 2 },
    ]);
    const matching = await findClassPairs({ ...given, ...base, assignment: 'matching' }, ops);
    // 1 + 7 and 2 + 6 are equal totals; either is right, but one to one.
    expect(matching.pairs.reduce((sum, pair) => sum + pair.distance, 0)).toBe(8);
    expect(new Set(matching.pairs.map(({ major }) => major)).size).toBe(2);
  });

  it('gives equal distances to the lower class', async () => {
    const latents = { data: Float32Array.of(-1, 0, 1), n: 3, d: 1 };
    const given = { latents, labels: Uint32Array.of(0, 1, 2), classCount: 3, sizes: { minors: [1], majors: [0, 2] } };
    for (const kind of ['centroid', 'nearest'] as const)
      expect((await findClassPairs({ ...given, ...base, distance: kind }, ops)).pairs).toEqual([
        { minor: 1, major: 0, distance: 1 },
      ]);
  });

  it('keeps fixed pairs in their order, measured, beside the automatic ones', async () => {
    const fixed = [
      { minor: 3, major: 0 },
      { minor: 1, major: 2 },
    ];
    const given = input([20, 5, 20, 7], [1, 3]);
    const automatic = await findClassPairs(given, ops);
    const { pairs, automaticPairs } = await findClassPairs({ ...given, assignment: 'fixed', fixed }, ops);
    expect(pairs.map(({ minor, major }) => ({ minor, major }))).toEqual(fixed);
    for (const pair of pairs) expect(pair.distance).toBeCloseTo(distanceBetween(given, pair.minor, pair.major), 12);
    expect(automaticPairs).toEqual(automatic.pairs);
  });

  it('takes 2 to 100 classes, some with one row', async () => {
    for (const c of [2, 3, 10, 100]) {
      const counts = Array.from({ length: c }, (_, k) => (k % 2 === 0 ? 4 : 1));
      const minors = counts.flatMap((count, k) => (count === 1 ? [k] : []));
      for (const assignment of ['closest', 'matching'] as const) {
        const { pairs } = await findClassPairs(input(counts, minors, { assignment }), ops);
        expect(pairs.map(({ minor }) => minor)).toEqual(minors);
        for (const { major } of pairs) expect(counts[major]).toBe(4);
      }
    }
  });

  it('finds the same pairs for rows in another order and classes under other numbers', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.nat(1000),
        fc.constantFrom('centroid', 'nearest'),
        fc.constantFrom('closest', 'matching'),
        async (seed, kind, assignment) => {
          const given = input([6, 2, 6, 3, 6, 1], [1, 3, 5], { distance: kind, assignment }, seed);
          const { pairs } = await findClassPairs(given, ops);
          const order = permutation(given.latents.n, createStream(seed, 'testData', 3));
          const rename = permutation(6, createStream(seed, 'testData', 4));
          const renamed = (classes: readonly number[]) => classes.map((k) => rename[k]).sort((a, b) => a - b);
          const shuffled = await findClassPairs(
            {
              ...given,
              latents: gatherRows(given.latents, order),
              labels: order.map((row) => rename[given.labels[row]]),
              sizes: { minors: renamed(given.sizes.minors), majors: renamed(given.sizes.majors) },
            },
            ops,
          );
          const names = (list: readonly { minor: number; major: number }[]) =>
            list.map((p) => `${p.minor}-${p.major}`).sort();
          expect(names(shuffled.pairs)).toEqual(
            names(pairs.map((p) => ({ minor: rename[p.minor], major: rename[p.major] }))),
          );
        },
      ),
      { numRuns: 40 },
    );
  });

  it.each([
    ['none', undefined],
    ['an empty list', []],
    ['a major as minor', [{ minor: 0, major: 2 }]],
    ['a minor as major', [{ minor: 1, major: 3 }]],
    [
      'a pair twice',
      [
        { minor: 1, major: 0 },
        { minor: 1, major: 0 },
      ],
    ],
  ])('refuses fixed pairs: %s', async (_what, fixed) => {
    await expect(findClassPairs(input([4, 2, 4, 2], [1, 3], { assignment: 'fixed', fixed }), ops)).rejects.toThrow(
      InvalidOptionError,
    );
  });

  it('allows one minor with two majors by hand', async () => {
    const fixed = [
      { minor: 1, major: 0 },
      { minor: 1, major: 2 },
    ];
    expect((await findClassPairs(input([4, 2, 4], [1], { assignment: 'fixed', fixed }), ops)).pairs).toHaveLength(2);
  });

  it('refuses latents and labels that do not fit', async () => {
    const given = input([4, 2], [1]);
    const { latents, labels } = given;
    const nan = { ...latents, data: latents.data.with(7, Number.NaN) };
    await expect(findClassPairs({ ...given, latents: nan }, ops)).rejects.toThrow(NumericError);
    await expect(findClassPairs({ ...given, latents: nan }, ops)).rejects.toThrow(/NaN in row 1, column 1/);
    await expect(findClassPairs({ ...given, latents: { ...latents, n: 9 } }, ops)).rejects.toThrow(InvalidInputError);
    await expect(findClassPairs({ ...given, labels: labels.slice(1) }, ops)).rejects.toThrow(InvalidInputError);
    await expect(findClassPairs({ ...given, labels: labels.with(0, 2) }, ops)).rejects.toThrow(InvalidInputError);
    await expect(findClassPairs({ ...given, distance: 'mean' as 'centroid' }, ops)).rejects.toThrow(InvalidOptionError);
    await expect(findClassPairs({ ...given, assignment: 'best' as 'closest' }, ops)).rejects.toThrow(
      InvalidOptionError,
    );
  });
});

describe('classPairsByName', () => {
  it("turns the paper's pairs into indices", () => {
    const pairs = classPairsByName(paperClassPairs, cifar10ClassNames);
    expect(pairs).toEqual([
      { minor: 1, major: 0 },
      { minor: 8, major: 9 },
      { minor: 4, major: 7 },
      { minor: 2, major: 6 },
      { minor: 3, major: 5 },
    ]);
  });

  it('names a class that is not there', () => {
    expect(() => classPairsByName([{ minor: 'cta', major: 'dog' }], cifar10ClassNames)).toThrow(
      /no class is called cta/,
    );
  });
});

describe('rowsByClass', () => {
  it('lists every row once, under its class, ascending', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(4)), (labels) => {
        const rows = rowsByClass(Uint32Array.from(labels), 5);
        expect(rows.map((own) => own.length)).toEqual(
          [0, 1, 2, 3, 4].map((k) => labels.filter((label) => label === k).length),
        );
        rows.forEach((own, k) => {
          own.forEach((row, i) => {
            expect(labels[row]).toBe(k);
            if (i > 0) expect(row).toBeGreaterThan(own[i - 1]);
          });
        });
      }),
    );
  });
});
