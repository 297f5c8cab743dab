import type { Matrix } from '@csx/wgsl-kernels';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { madeUpNormals } from '../../test/support/made-up-record.ts';
import { evenlySpacedRows, latentMapPoints } from './evenly-spaced-rows.ts';
import { latentMapSchema } from './extras.ts';
import { createLatentMap, minorWeightBins, minorWeightCounts } from './latent-map.ts';
import { fitPairProjection } from './pair-projection.ts';

/** n rows around a center, with a standard deviation for each dimension. */
function cloud(seed: number, n: number, center: readonly number[], deviation: readonly number[]): Matrix {
  const normal = madeUpNormals(seed);
  const d = center.length;
  return { data: Float32Array.from({ length: n * d }, (_, i) => center[i % d] + deviation[i % d] * normal()), n, d };
}

const minorLatents = cloud(1, 90, [2, 0, 1, 0], [1, 0.3, 5, 0.5]);
const majorLatents = cloud(2, 200, [-2, 0, -1, 0], [1, 0.3, 5, 0.5]);
const boundary = { weights: [3, 4, 0, 0], bias: -2.5 };

describe('projection of a class pair', () => {
  it('has the signed distance to the boundary as its first axis', () => {
    const projection = fitPairProjection({ minorLatents, majorLatents, boundary });
    for (let row = 0; row < majorLatents.n; row++) {
      const z = majorLatents.data.subarray(row * 4, row * 4 + 4);
      // Two float64 sums of four terms below 20: 1e-14, times ten.
      expect(projection.project(majorLatents, row)[0]).toBeCloseTo((3 * z[0] + 4 * z[1] - 2.5) / 5, 12);
    }
    expect(projection.firstBoundary).toEqual({ x: 1, y: 0, constant: 0 });
  });

  it('has the widest remaining direction as its second', () => {
    const projection = fitPairProjection({ minorLatents, majorLatents, boundary });
    // Dimension 2 has by far the largest spread: y must follow it, whatever the others do.
    const move = (row: readonly number[]) => projection.project({ data: Float32Array.from(row), n: 1, d: 4 }, 0)[1];
    expect(move([0, 0, 1, 0]) - move([0, 0, 0, 0])).toBeGreaterThan(0.98);
    expect(Math.abs(move([0.6, 0.8, 0, 0]) - move([0, 0, 0, 0]))).toBeLessThan(1e-6);
  });

  it('is the same every time', () => {
    const one = fitPairProjection({ minorLatents, majorLatents, boundary }).project(minorLatents, 5);
    const two = fitPairProjection({ minorLatents, majorLatents, boundary }).project(minorLatents, 5);
    expect(one).toEqual(two);
  });

  it('takes the line between the class means where there is no boundary', () => {
    for (const none of [undefined, { weights: [0, 0, 0, 0], bias: 1 }]) {
      const projection = fitPairProjection({ minorLatents, majorLatents, ...(none ? { boundary: none } : {}) });
      expect(projection.firstBoundary).toBeNull();
      const meanX = (latents: Matrix) => {
        let sum = 0;
        for (let row = 0; row < latents.n; row++) sum += projection.project(latents, row)[0];
        return sum / latents.n;
      };
      expect(meanX(minorLatents)).toBeCloseTo(-meanX(majorLatents), 10);
      expect(meanX(minorLatents)).toBeGreaterThan(1.5);
    }
  });

  it('cuts another boundary where its value in the plane is zero', () => {
    const projection = fitPairProjection({ minorLatents, majorLatents, boundary });
    const number = fc.double({ min: -3, max: 3, noNaN: true });
    fc.assert(
      fc.property(fc.array(number, { minLength: 4, maxLength: 4 }), number, (weights, bias) => {
        const line = projection.cut({ weights, bias });
        if (line === null) return;
        // Two latents that differ along the first axis, (0.6, 0.8, 0, 0), only.
        const [x, y] = projection.project({ data: Float32Array.of(0.9, 1.2, 0, 0), n: 1, d: 4 }, 0);
        const [x2, y2] = projection.project({ data: Float32Array.of(1.5, 2, 0, 0), n: 1, d: 4 }, 0);
        const change = line.x * (x2 - x) + line.y * (y2 - y);
        // f32 rounding of the two rows: 2^-24 * 2.5 * |weights|.
        expect(change).toBeCloseTo(0.6 * weights[0] + 0.8 * weights[1], 5);
      }),
    );
    expect(projection.cut(boundary)).toMatchObject({ x: 5 });
    expect(projection.cut({ weights: [-4, 3, 0, 0], bias: 1 })?.x).toBeCloseTo(0, 12);
    expect(projection.cut({ weights: [0, 0, 0, 0], bias: 1 })).toBeNull();
  });

  it('copes with one row a class, equal rows and one dimension', () => {
    const single = (value: number): Matrix => ({ data: Float32Array.of(value), n: 1, d: 1 });
    for (const [a, b] of [
      [1, 3],
      [2, 2],
    ]) {
      const projection = fitPairProjection({ minorLatents: single(a), majorLatents: single(b) });
      expect(projection.project(single(a), 0).every(Number.isFinite)).toBe(true);
    }
  });

  it('says what is wrong with its input', () => {
    const empty = { data: new Float32Array(0), n: 0, d: 4 };
    expect(() => fitPairProjection({ minorLatents: empty, majorLatents })).toThrow('0 minor and 200 major rows');
    const bad = { weights: [1], bias: 0 };
    expect(() => fitPairProjection({ minorLatents, majorLatents, boundary: bad })).toThrow('d = 4, 4, 1');
  });
});

describe('latent map', () => {
  const projection = fitPairProjection({ minorLatents, majorLatents, boundary });
  const base = { minor: 'cat', major: 'dog', arm: 'random' as const, projection, minorLatents, majorLatents };

  it('fits its schema and keeps few points', () => {
    const many = cloud(3, 1000, [0, 0, 0, 0], [1, 1, 1, 1]);
    const map = createLatentMap({ ...base, syntheticLatents: many, finalBoundary: { weights: [1, 1, 0, 0], bias: 0 } });
    expect(latentMapSchema.parse(map)).toEqual(map);
    expect([map.realMinor.x.length, map.realMajor.y.length, map.synthetic.x.length]).toEqual([
      90,
      200,
      latentMapPoints,
    ]);
    const none = createLatentMap({ ...base, syntheticLatents: { data: new Float32Array(0), n: 0, d: 4 } });
    expect([none.synthetic.x.length, none.finalBoundary]).toEqual([0, null]);
  });

  it('refuses latents of another size', () => {
    const other = { data: new Float32Array(3), n: 1, d: 3 };
    expect(() => createLatentMap({ ...base, syntheticLatents: other })).toThrow('d = 3 and 4');
  });

  it('takes rows from the whole length', () => {
    expect(evenlySpacedRows(3, 10)).toEqual([0, 1, 2]);
    expect(evenlySpacedRows(10, 4)).toEqual([0, 2, 5, 7]);
    expect(evenlySpacedRows(0, 4)).toEqual([]);
  });
});

describe('minor-weight histogram', () => {
  it('counts every weight once, in the bin around it', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0, max: 1, noNaN: true })), (weights) => {
        expect(minorWeightCounts(weights).reduce((sum, count) => sum + count, 0)).toBe(weights.length);
      }),
    );
    expect(minorWeightCounts([0, 1, 0.5]).flatMap((count, bin) => (count > 0 ? [bin] : []))).toEqual([
      0,
      10,
      minorWeightBins - 1,
    ]);
    expect(() => minorWeightCounts([1.5])).toThrow('weight 0 is 1.5');
  });
});
