import { readFileSync } from 'node:fs';
import { DataFormatError, sha256Hex } from '@csx/wgsl-kernels';
import { describe, expect, it } from 'vitest';
import { cifar10Classes } from './cifar10-layout.ts';
import { countClasses } from './class-counts.ts';
import { decodeMiniCifar10, miniCifar10Files } from './mini-cifar10.ts';

const readSampleFile = (name: string) => readFileSync(new URL(`../../mini-cifar10/${name}`, import.meta.url));
const bytes = {
  manifest: readSampleFile(miniCifar10Files.manifest),
  train: readSampleFile(miniCifar10Files.train),
  test: readSampleFile(miniCifar10Files.test),
};
const manifest = JSON.parse(new TextDecoder().decode(bytes.manifest));
const changed = (change: object) => new TextEncoder().encode(JSON.stringify({ ...manifest, ...change }));

describe('the mini sample', () => {
  it('is small enough to travel with the package', () => {
    expect(bytes.manifest.length + bytes.train.length + bytes.test.length).toBeLessThan(6_000_000);
  });

  it('has 170 training and 60 test images of each class', async () => {
    const { name, classNames, train, test, hashes } = await decodeMiniCifar10(bytes);
    expect(name).toBe('mini CIFAR-10');
    expect(classNames).toEqual(cifar10Classes);
    expect([...countClasses(train.labels, 10)]).toEqual(new Array(10).fill(170));
    expect([...countClasses(test.labels, 10)]).toEqual(new Array(10).fill(60));
    expect([train.n, train.height, train.width, train.channels]).toEqual([1700, 32, 32, 3]);
    expect(train.pixels.length).toBe(1700 * 3072);
    expect(hashes).toEqual({ 'train.png': await sha256Hex(bytes.train), 'test.png': await sha256Hex(bytes.test) });
  });

  it('holds the pixels of the official files at the rows that the manifest names', async () => {
    const { train, test } = await decodeMiniCifar10(bytes);
    // Computed once from the official files (whose md5 were checked), over the rows of the manifest.
    expect(await sha256Hex(train.pixels)).toBe('6664cf395d1c66564635edc94c2f561d87347f617ee11d9930a0e45dfed48bc7');
    expect(await sha256Hex(test.pixels)).toBe('cb7e0eac1251c94708383f76fd426f2e3ea43d85a9f5ccce4a3d55474e7b852b');
  });

  it.each([
    ['a cut off PNG', { ...bytes, train: bytes.train.subarray(0, 1000) }, 'train.png: 1000 bytes, expected 3652348'],
    [
      'a changed PNG',
      { ...bytes, test: bytes.test.map((byte, i) => (i === 5000 ? byte ^ 1 : byte)) },
      'test.png: sha256 ',
    ],
    ['the parts exchanged', { ...bytes, train: bytes.test }, 'train.png: 1284090 bytes'],
    ['a cut off manifest', { ...bytes, manifest: bytes.manifest.subarray(0, 300) }, 'manifest.json: not JSON'],
    ['a manifest of another version', { ...bytes, manifest: changed({ schemaVersion: 2 }) }, 'schemaVersion'],
    [
      'a manifest with a label that is no class',
      { ...bytes, manifest: changed({ test: { ...manifest.test, labels: [10, ...manifest.test.labels.slice(1)] } }) },
      'labels',
    ],
    [
      'a manifest of fewer images',
      { ...bytes, manifest: changed({ test: { ...manifest.test, labels: [1], officialRows: [1] } }) },
      '32 x 19200 pixels',
    ],
  ])('refuses %s', async (_, input, text) => {
    await expect(decodeMiniCifar10(input)).rejects.toThrow(DataFormatError);
    await expect(decodeMiniCifar10(input)).rejects.toThrow(text);
  });
});
