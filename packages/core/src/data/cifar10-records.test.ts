import { DataFormatError, InvalidInputError } from '@csx/wgsl-kernels';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cifar10FromFiles } from './cifar10-dataset.ts';
import { cifar10RecordBytes } from './cifar10-layout.ts';
import { parseCifar10Records, serializeCifar10Records } from './cifar10-records.ts';

const label = fc.integer({ min: 0, max: 9 });
/** Whole records with a valid label and pixels that a short seed fixes: 3073 arbitrary bytes a record shrink slowly. */
const records = fc.array(fc.tuple(label, fc.integer({ min: 0, max: 255 })), { maxLength: 4 }).map((list) => {
  const bytes = new Uint8Array(list.length * cifar10RecordBytes);
  list.forEach(([label, start], row) => {
    for (let i = 0; i < cifar10RecordBytes; i++)
      bytes[row * cifar10RecordBytes + i] = i === 0 ? label : start + i * 7 + (i >> 8);
  });
  return bytes;
});

describe('CIFAR-10 records', () => {
  it('survive reading and writing', () => {
    fc.assert(
      fc.property(records, (bytes) => {
        expect(serializeCifar10Records(parseCifar10Records(bytes, 'x.bin'))).toEqual(bytes);
      }),
    );
  });

  it('put red, green and blue of a pixel side by side', () => {
    const bytes = new Uint8Array(2 * cifar10RecordBytes);
    const second = cifar10RecordBytes;
    bytes[second] = 3;
    // Pixel (y 1, x 2) is byte 34 of each plane.
    bytes.set([10], second + 1 + 34);
    bytes.set([20], second + 1 + 1024 + 34);
    bytes.set([30], second + 1 + 2048 + 34);
    const images = parseCifar10Records(bytes, 'x.bin');
    expect([...images.labels]).toEqual([0, 3]);
    expect([...images.pixels.slice(3072 + 34 * 3, 3072 + 35 * 3)]).toEqual([10, 20, 30]);
  });

  it('refuse any length but whole records', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 3 * cifar10RecordBytes }), (length) => {
        fc.pre(length % cifar10RecordBytes !== 0);
        expect(() => parseCifar10Records(new Uint8Array(length), 'cut.bin')).toThrow(
          `cut.bin: ${length} bytes, not a multiple of a record's 3073 bytes`,
        );
      }),
    );
  });

  it('refuse a label above 9', () => {
    const bytes = new Uint8Array(2 * cifar10RecordBytes);
    bytes[cifar10RecordBytes] = 10;
    expect(() => parseCifar10Records(bytes, 'odd.bin')).toThrow(DataFormatError);
    expect(() => parseCifar10Records(bytes, 'odd.bin')).toThrow('odd.bin: record 1 has label 10, expected 0 to 9');
  });

  it('are not written from other images', () => {
    const images = parseCifar10Records(new Uint8Array(cifar10RecordBytes), 'x.bin');
    for (const change of [
      { height: 16 },
      { channels: 1 },
      { labels: new Uint8Array(2) },
      { labels: Uint8Array.of(11) },
    ]) {
      expect(() => serializeCifar10Records({ ...images, ...change })).toThrow(InvalidInputError);
    }
  });
});

describe('cifar10FromFiles', () => {
  it('checks size, then sha256, and names the file, what it got and what it expected', async () => {
    await expect(cifar10FromFiles(async () => new Uint8Array(5))).rejects.toThrow(
      'data_batch_1.bin: 5 bytes, expected 30730000',
    );
    await expect(cifar10FromFiles(async () => new Uint8Array(30_730_000))).rejects.toThrow(
      /data_batch_1\.bin: sha256 [0-9a-f]{64}, expected cee916563c9f80d84e3cc88e17fdc0941787f1244f00a67874d45b261883ada5/,
    );
  });
});
