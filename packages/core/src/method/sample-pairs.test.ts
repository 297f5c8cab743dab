import { InvalidInputError, InvalidOptionError, type Matrix } from '@csx/wgsl-kernels';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { distance, madeUpLatents, rowOf } from '../../test/support/made-up-latents.ts';
import { createCpuLatentOps } from '../latent-ops/cpu-latent-ops.ts';
import { permutation } from '../random/permutation.ts';
import { createStream } from '../random/stream.ts';
import { gatherRows, rowsByClass } from './class-rows.ts';
import { classDensity, densityNeighborCount } from './density.ts';
import { findSamplePairs } from './sample-pairs.ts';

const ops = createCpuLatentOps();
const anchors = fc.constantFrom('major-anchored' as const, 'minor-anchored' as const);

/** The row of `others` nearest to `row`, the first of equal ones. */
function nearestOf(latents: Matrix, row: number, others: Uint32Array): number {
  const distances = [...others].map((other) => distance(rowOf(latents, row), rowOf(latents, other)));
  return others[distances.indexOf(Math.min(...distances))];
}

describe('findSamplePairs', () => {
  it('pairs every row of the anchoring class with its nearest of the other', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.nat(1000),
        fc.integer({ min: 1, max: 20 }),
        fc.integer({ min: 1, max: 20 }),
        anchors,
        async (seed, m, n, anchor) => {
          const { latents, labels } = madeUpLatents([m, n], 3, seed);
          const [minorRows, majorRows] = rowsByClass(labels, 2);
          const pairs = await findSamplePairs({ latents, minorRows, majorRows, anchor }, ops);
          if (anchor === 'major-anchored') {
            expect(pairs.majorRows).toEqual(majorRows);
            expect([...pairs.minorRows]).toEqual([...majorRows].map((row) => nearestOf(latents, row, minorRows)));
          } else {
            expect(pairs.minorRows).toEqual(minorRows);
            expect([...pairs.majorRows]).toEqual([...minorRows].map((row) => nearestOf(latents, row, majorRows)));
          }
        },
      ),
      { numRuns: 60 },
    );
  });

  it('finds the same partners for rows in another order', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(1000), anchors, async (seed, anchor) => {
        const { latents, labels } = madeUpLatents([9, 14], 4, seed);
        const order = permutation(latents.n, createStream(seed, 'testData', 3));
        const pairsOf = async (rows: Matrix, own: Uint32Array, name: (row: number) => number) => {
          const [minorRows, majorRows] = rowsByClass(own, 2);
          const pairs = await findSamplePairs({ latents: rows, minorRows, majorRows, anchor }, ops);
          return [...pairs.minorRows].map((row, i) => `${name(row)}-${name(pairs.majorRows[i])}`).sort();
        };
        const plain = await pairsOf(latents, labels, (row) => row);
        const shuffled = await pairsOf(
          gatherRows(latents, order),
          order.map((row) => labels[row]),
          (row) => order[row],
        );
        expect(shuffled).toEqual(plain);
      }),
      { numRuns: 40 },
    );
  });

  it('takes the first of duplicates', async () => {
    const latents = { data: Float32Array.of(1, 1, 1, 1, 1), n: 5, d: 1 };
    const rows = { minorRows: Uint32Array.of(1, 3), majorRows: Uint32Array.of(0, 2, 4) };
    const pairs = await findSamplePairs({ latents, ...rows, anchor: 'major-anchored' }, ops);
    expect([...pairs.minorRows]).toEqual([1, 1, 1]);
  });

  it('refuses a class without rows, and an unknown anchor', async () => {
    const latents = { data: Float32Array.of(1, 2), n: 2, d: 1 };
    const given = {
      latents,
      minorRows: Uint32Array.of(0),
      majorRows: Uint32Array.of(1),
      anchor: 'major-anchored',
    } as const;
    expect((await findSamplePairs(given, ops)).minorRows).toHaveLength(1);
    await expect(findSamplePairs({ ...given, minorRows: new Uint32Array(0) }, ops)).rejects.toThrow(InvalidInputError);
    await expect(findSamplePairs({ ...given, majorRows: new Uint32Array(0) }, ops)).rejects.toThrow(InvalidInputError);
    await expect(findSamplePairs({ ...given, anchor: 'major' as 'major-anchored' }, ops)).rejects.toThrow(
      InvalidOptionError,
    );
  });
});

describe('classDensity', () => {
  it('is the mean distance to the five nearest other rows of the class', async () => {
    const { latents, labels } = madeUpLatents([30, 7], 3);
    for (const rows of rowsByClass(labels, 2)) {
      const density = await classDensity(latents, rows, ops);
      rows.forEach((row, i) => {
        const others = [...rows].filter((other) => other !== row);
        const nearest = others
          .map((other) => distance(rowOf(latents, row), rowOf(latents, other)))
          .sort((a, b) => a - b);
        const mean = nearest.slice(0, densityNeighborCount).reduce((sum, x) => sum + x, 0) / densityNeighborCount;
        // Six distances and their mean are rounded to f32.
        expect(Math.abs(density[i] - mean)).toBeLessThanOrEqual(2 * mean * 2 ** -24);
      });
    }
  });

  it('takes all other rows of a small class', async () => {
    const latents = { data: Float32Array.of(0, 9, 1, 4), n: 4, d: 1 };
    expect([...(await classDensity(latents, Uint32Array.of(0, 2, 3), ops))]).toEqual([2.5, 2, 3.5]);
  });

  it('counts duplicates of a row, but not the row', async () => {
    const latents = { data: new Float32Array(10).fill(3).with(9, 4), n: 10, d: 1 };
    const rows = Uint32Array.from(latents.data.keys());
    // Nine equal rows have nine and more at distance 0; the tenth has five at distance 1.
    expect([...(await classDensity(latents, rows, ops))]).toEqual([0, 0, 0, 0, 0, 0, 0, 0, 0, 1]);
  });

  it('refuses a class of one row', async () => {
    await expect(classDensity({ data: Float32Array.of(1), n: 1, d: 1 }, Uint32Array.of(0), ops)).rejects.toThrow(
      InvalidInputError,
    );
  });
});
