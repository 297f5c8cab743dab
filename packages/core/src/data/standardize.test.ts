import { InvalidInputError } from '@csx/wgsl-kernels';
import { describe, expect, it } from 'vitest';
import { createStream } from '../random/stream.ts';
import type { ImageSet } from './image-set.ts';
import { channelStatistics, standardizationTable, writeChannelsLast } from './standardize.ts';

const stream = createStream(1, 'testData', 1);
/** Not square, so that a swapped height and width shows. */
const images: ImageSet = {
  n: 5,
  height: 3,
  width: 4,
  channels: 3,
  pixels: Uint8Array.from({ length: 5 * 36 }, () => stream.below(256)),
  labels: Uint8Array.of(0, 1, 0, 1, 2),
};
const pixel = (row: number, y: number, x: number, c: number) => images.pixels[((row * 3 + y) * 4 + x) * 3 + c];
const rows = Uint32Array.of(4, 0, 4);

describe('channelStatistics', () => {
  it('is the mean and population deviation over the given rows', () => {
    const { mean, std } = channelStatistics(images, rows);
    for (let c = 0; c < 3; c++) {
      const values = [...rows].flatMap((row) =>
        Array.from({ length: 12 }, (_, i) => pixel(row, Math.floor(i / 4), i % 4, c)),
      );
      const expected = values.reduce((a, b) => a + b) / 36;
      expect(mean[c]).toBeCloseTo(expected, 10);
      expect(std[c]).toBeCloseTo(Math.sqrt(values.reduce((a, b) => a + (b - expected) ** 2, 0) / 36), 9);
    }
  });
  it('takes all rows when none are given', () => {
    expect(channelStatistics(images)).toEqual(channelStatistics(images, Uint32Array.of(0, 1, 2, 3, 4)));
  });
  it('refuses no rows, and rows that do not exist', () => {
    expect(() => channelStatistics(images, new Uint32Array(0))).toThrow(InvalidInputError);
    expect(() => channelStatistics(images, Uint32Array.of(5))).toThrow('row 5, but there are 5 images');
  });
});

describe('batches', () => {
  const statistics = channelStatistics(images);
  const table = standardizationTable(statistics);
  const value = (row: number, y: number, x: number, c: number) =>
    Math.fround((pixel(row, y, x, c) - statistics.mean[c]) / statistics.std[c]);

  it('hold the standardized pixels', () => {
    const last = new Float32Array(3 * 36 + 2).fill(-99);
    writeChannelsLast({ images, rows, table }, last);
    for (let b = 0; b < 3; b++)
      for (let c = 0; c < 3; c++)
        for (let y = 0; y < 3; y++)
          for (let x = 0; x < 4; x++) {
            expect(last[((b * 3 + y) * 4 + x) * 3 + c]).toBe(value(rows[b], y, x, c));
          }
    expect([...last.slice(108)]).toEqual([-99, -99]);
  });

  it('centre a constant channel instead of dividing by zero', () => {
    const flat = { ...images, pixels: new Uint8Array(images.pixels.length).fill(9) };
    const out = new Float32Array(36).fill(5);
    writeChannelsLast(
      { images: flat, rows: Uint32Array.of(0), table: standardizationTable(channelStatistics(flat)) },
      out,
    );
    expect([...new Set(out)]).toEqual([0]);
  });

  it.each([
    ['a short out', { out: new Float32Array(107) }, '107 values, the batch needs 108'],
    ['a missing row', { rows: Uint32Array.of(0, 1, 9) }, 'row 9, but there are 5 images'],
    ['a table of other channels', { table: new Float32Array(256) }, '256 values'],
  ])('refuse %s', (_, change: { out?: Float32Array; rows?: Uint32Array; table?: Float32Array }, text) => {
    const { out = new Float32Array(108), ...input } = change;
    expect(() => writeChannelsLast({ images, rows, table, ...input }, out)).toThrow(text);
  });
});
