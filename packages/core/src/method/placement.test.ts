import { InvalidInputError, InvalidOptionError } from '@csx/wgsl-kernels';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { distance, madeUpLatents, rowOf } from '../../test/support/made-up-latents.ts';
import { createCpuLatentOps } from '../latent-ops/cpu-latent-ops.ts';
import type { DistanceReading, Placement } from '../latent-ops/latent-ops.ts';
import { rowsByClass } from './class-rows.ts';
import {
  buildExtrapolateRequest,
  type ClassifierHead,
  type PlacementInput,
  pairBoundary,
  placementOf,
  placementSource,
} from './placement.ts';

const ops = createCpuLatentOps();
const readings = ['boundary', 'centroid', 'probability', 'density'] as const;
const options = { placement: 'middle', reading: 'boundary', gamma: -0.4, pMax: 0.5, pMin: 0.1 } as const;
const d = 5;

/** Everything that any placement may read, for pairs of the classes 1 (minor) and 2 (major). */
async function world(seed: number, placement: Placement, pMin = 0.1) {
  const made = madeUpLatents([8, 6, 12], d, seed);
  const { latents, labels, classCount, head, logits } = made;
  const [, minors, majors] = rowsByClass(labels, classCount);
  const samplePairs = { minorRows: Uint32Array.from(majors, (_, i) => minors[i % minors.length]), majorRows: majors };
  const { means } = await ops.classMeans(latents, labels, classCount);
  const density = Float32Array.from({ length: latents.n }, (_, row) => 0.5 + (row % 7));
  const input = {
    latents,
    samplePairs,
    pair: { minor: 1, major: 2 },
    placement,
    pMin,
    head,
    classMeans: means,
    logits,
    density,
  } satisfies PlacementInput;
  return { input, place: async () => ops.extrapolate(await buildExtrapolateRequest(input, ops)) };
}

/** The distance of a row in a reading, by the text of method.md. */
function distanceOf(
  { latents, head, classMeans, logits, density, pair }: Required<PlacementInput> & { readonly head: ClassifierHead },
  reading: DistanceReading,
  row: number,
  own: number,
): number {
  const z = rowOf(latents, row);
  switch (reading) {
    case 'boundary': {
      const w = z.map((_, k) => head.weights.data[k * 3 + pair.minor] - head.weights.data[k * 3 + pair.major]);
      const value = w.reduce((sum, x, k) => sum + x * z[k], head.bias[pair.minor] - head.bias[pair.major]);
      return Math.abs(value) / Math.hypot(...w);
    }
    case 'centroid':
      return distance(z, rowOf(classMeans as NonNullable<typeof classMeans>, own));
    case 'probability': {
      const all = rowOf(logits as NonNullable<typeof logits>, row).map((x) => x);
      // 1 - p = sum of the others / sum of all.
      const exps = all.map((x) => Math.exp(x - Math.max(...all)));
      const total = exps.reduce((sum, x) => sum + x, 0);
      return exps.reduce((sum, x, k) => (k === own ? sum : sum + x), 0) / total;
    }
    case 'density':
      return (density as Float32Array)[row];
  }
}

describe('placementOf', () => {
  it('puts arms other than asymmetric in the middle, or at the crossing', () => {
    for (const arm of ['random', 'top', 'bottom'] as const) {
      expect(placementOf(arm, options)).toEqual({ kind: 'fixed', minorWeight: 0.5 });
      expect(placementOf(arm, { ...options, placement: 'crossing' })).toEqual({ kind: 'crossing' });
    }
    expect(placementOf('asymmetric', { ...options, placement: 'crossing' })).toEqual({
      kind: 'asymmetric',
      gamma: -0.4,
      pMax: 0.5,
      reading: 'boundary',
    });
    expect(() => placementOf('random', { ...options, placement: 'center' as 'middle' })).toThrow(InvalidOptionError);
  });

  it('names what P is computed from', () => {
    expect(placementSource({ kind: 'crossing' })).toBe('crossing');
    expect(placementSource({ kind: 'asymmetric', gamma: 1, pMax: 1, reading: 'density' })).toBe('density');
  });
});

describe('buildExtrapolateRequest', () => {
  it.each(readings)('gives equation (1) the distances of the reading %s', async (reading) => {
    for (let seed = 0; seed < 20; seed++) {
      const { input, place } = await world(seed, { kind: 'asymmetric', gamma: -0.4, pMax: 0.5, reading });
      const { minorWeight, clippedCount } = await place();
      const { minorRows, majorRows } = input.samplePairs;
      let clipped = 0;
      minorWeight.forEach((weight, i) => {
        const ratio = distanceOf(input, reading, majorRows[i], 2) / distanceOf(input, reading, minorRows[i], 1);
        const p = 0.5 - 0.4 * 0.5 * (Math.max(1, ratio) - 1);
        if (p < 0.1) clipped += 1;
        // Boundary, means and log-odds are rounded to f32 (2^-24) before the ratio, with sums of up to d + 1 terms
        // that cancel, for these seeds, by less than a factor of 1000; the shift is at most 0.4.
        expect(Math.abs(weight - Math.max(0.1, p))).toBeLessThan(1000 * 2 ** -24);
      });
      expect(clippedCount).toBe(clipped);
    }
  });

  it('puts a sample half way, or where the head is undecided', async () => {
    const middle = await (await world(3, { kind: 'fixed', minorWeight: 0.5 })).place();
    expect(new Set(middle.minorWeight)).toEqual(new Set([0.5]));
    const { input, place } = await world(3, { kind: 'crossing' }, 0);
    const { latents } = await place();
    const { weights, bias } = pairBoundary(input.head, input.pair);
    const value = (z: readonly number[]) => z.reduce((sum, x, k) => sum + x * weights[k], bias);
    let crossings = 0;
    input.samplePairs.minorRows.forEach((minor, i) => {
      const ends = [minor, input.samplePairs.majorRows[i]].map((row) => value(rowOf(input.latents, row)));
      if (ends[0] <= 0 || ends[1] >= 0) return;
      crossings += 1;
      // d + 1 products of rounded f32 values.
      expect(Math.abs(value(rowOf(latents, i)))).toBeLessThan(1e-5 * (Math.abs(ends[0]) + Math.abs(ends[1])));
    });
    expect(crossings).toBeGreaterThan(0);
  });

  // The word "extrapolation" means a shift of the minor class towards the major one: the sample lies between
  // the two, and the lower P, the closer it is to the major one.
  it('moves a sample towards the major one as P falls', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.nat(1000),
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        async (seed, a, b) => {
          fc.pre(Math.abs(a - b) > 1e-3);
          const at = async (minorWeight: number) => {
            const { input, place } = await world(seed, { kind: 'fixed', minorWeight }, 0);
            const { latents } = await place();
            const of = (rows: Uint32Array) =>
              [...rows].map((row, i) => distance(rowOf(latents, i), rowOf(input.latents, row)));
            return { toMajor: of(input.samplePairs.majorRows), toMinor: of(input.samplePairs.minorRows) };
          };
          const [low, high] = [await at(Math.min(a, b)), await at(Math.max(a, b))];
          low.toMajor.forEach((nearer, i) => {
            expect(nearer).toBeLessThan(high.toMajor[i]);
            expect(low.toMinor[i]).toBeGreaterThan(high.toMinor[i]);
          });
        },
      ),
      { numRuns: 30 },
    );
  });

  it('shifts more where the minor sample hesitates more, since gamma is negative', async () => {
    // One dimension, boundary at 0: minor samples at 1 and 2, the major one at -4.
    const latents = { data: Float32Array.of(1, 2, -4), n: 3, d: 1 };
    const head = { weights: { data: Float32Array.of(1, 0), n: 1, d: 2 }, bias: new Float32Array(2) };
    const samplePairs = { minorRows: Uint32Array.of(0, 1), majorRows: Uint32Array.of(2, 2) };
    const placement: Placement = { kind: 'asymmetric', gamma: -0.4, pMax: 0.5, reading: 'boundary' };
    const request = await buildExtrapolateRequest(
      { latents, samplePairs, pair: { minor: 0, major: 1 }, placement, pMin: 0, head },
      ops,
    );
    // d_normal / d_abnormal = 4 and 2: P = 0.5 - 0.2 * 3 < 0, clipped, and 0.5 - 0.2 * 1.
    const placed = await ops.extrapolate(request);
    expect([...placed.minorWeight]).toEqual([0, Math.fround(0.3)]);
    expect(placed.clippedCount).toBe(1);
    // The pair with P = 0 has become its major sample: what pMin is there to prevent.
    expect(placed.latents.data[0]).toBe(-4);
  });

  it.each(['centroid', 'probability', 'density'] as const)('names what the reading %s lacks', async (reading) => {
    const { input } = await world(1, { kind: 'asymmetric', gamma: -0.4, pMax: 0.5, reading });
    const without = { ...input, classMeans: undefined, logits: undefined, density: undefined };
    await expect(buildExtrapolateRequest(without, ops)).rejects.toThrow(InvalidInputError);
  });

  it('takes pairs of which there are none', async () => {
    for (const reading of readings) {
      const { input } = await world(1, { kind: 'asymmetric', gamma: -0.4, pMax: 0.5, reading });
      const none = new Uint32Array(0);
      const request = await buildExtrapolateRequest(
        { ...input, samplePairs: { minorRows: none, majorRows: none } },
        ops,
      );
      expect((await ops.extrapolate(request)).latents.n).toBe(0);
    }
  });
});
