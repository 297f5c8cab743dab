import { describe, expect, it } from 'vitest';
import { depthSplit, laneCount, type ProductSize, tileCount, tileDepth, tileShape } from './tile-shape.ts';

const sides = [1, 3, 10, 16, 27, 33, 64, 120, 128, 130, 192, 512, 1009, 65_536];
const sizes: readonly ProductSize[] = sides.flatMap((rows) =>
  sides.flatMap((columns) => [0, 1, 16, 27, 300, 4608, 262_144].map((depth) => ({ rows, columns, depth }))),
);
const isPowerOfTwo = (value: number) => Number.isInteger(Math.log2(value));

describe('tile shape', () => {
  it('stays within what every device has, in powers of two', () => {
    for (const size of sizes) {
      const tile = tileShape(size);
      const lanes = laneCount(tile);
      expect(isPowerOfTwo(lanes) && isPowerOfTwo(tile.rows) && isPowerOfTwo(tile.columns)).toBe(true);
      expect(lanes).toBeLessThanOrEqual(256);
      expect(lanes).toBeGreaterThanOrEqual(32);
      expect((tile.rows + tile.columns) * tileDepth * 4).toBeLessThanOrEqual(16_384);
      // The second 4 of 8 rows or columns lie half a tile further, beyond the bits that are swizzled.
      expect(tile.laneRows === 8 ? tile.rows : 64).toBeGreaterThanOrEqual(64);
      expect(tile.laneColumns === 8 ? tile.columns : 64).toBeGreaterThanOrEqual(64);
    }
  });

  it.each([
    [
      { rows: 65_536, columns: 512 },
      { rows: 128, columns: 128, laneRows: 8, laneColumns: 8 },
    ],
    [
      { rows: 65_536, columns: 64 },
      { rows: 128, columns: 64, laneRows: 8, laneColumns: 8 },
    ],
    [
      { rows: 65_536, columns: 16 },
      { rows: 128, columns: 16, laneRows: 8, laneColumns: 4 },
    ],
    [
      { rows: 27, columns: 64 },
      { rows: 32, columns: 64, laneRows: 4, laneColumns: 8 },
    ],
  ])('%j', ({ rows, columns }, tile) => {
    expect(tileShape({ rows, columns, depth: 576 })).toEqual(tile);
  });
});

describe('depth split', () => {
  it('covers the depth once, in whole tiles, with bounded partial sums', () => {
    for (const size of sizes) {
      const { count, depth } = depthSplit(size, tileShape(size), 2 ** 27);
      expect(count).toBeGreaterThanOrEqual(1);
      expect(depth % tileDepth).toBe(0);
      expect(count * depth).toBeGreaterThanOrEqual(size.depth);
      expect((count - 1) * depth).toBeLessThanOrEqual(Math.max(0, size.depth - 1));
      if (count > 1) expect(count * size.rows * size.columns * 4).toBeLessThanOrEqual(2 ** 26);
    }
  });

  it('fills a GPU where the product is small and deep, and leaves large ones whole', () => {
    const small = { rows: 27, columns: 64, depth: 262_144 };
    const split = depthSplit(small, tileShape(small), 2 ** 27);
    expect(split.count * tileCount(small, tileShape(small)) * laneCount(tileShape(small))).toBeGreaterThan(10_000);
    const large = { rows: 65_536, columns: 512, depth: 4608 };
    expect(depthSplit(large, tileShape(large), 2 ** 27).count).toBe(1);
  });

  it('partial sums stay within a binding', () => {
    const size = { rows: 64, columns: 64, depth: 262_144 };
    const of = (maxBindingBytes: number) => depthSplit(size, tileShape(size), maxBindingBytes).count;
    expect(of(2 ** 16)).toBe(4);
    expect(of(2 ** 10)).toBe(1);
    expect(of(2 ** 27)).toBeGreaterThan(4);
  });
});
