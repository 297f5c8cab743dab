import { createHash } from 'node:crypto';
import { DataFormatError } from '@csx/wgsl-kernels';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type LabelledParts, makeSplit } from './split.ts';
import { splitFromJson, splitToJson } from './split-json.ts';

const dataset: LabelledParts = {
  classNames: ['ant', 'bee'],
  train: { labels: Uint8Array.from({ length: 40 }, (_, row) => row % 2) },
  test: { labels: Uint8Array.of(1, 0, 1, 0) },
};

describe('a split as JSON', () => {
  it('reads back as the same split, and its hash is that of the text', async () => {
    const options = fc.record({
      seed: fc.integer({ min: 0, max: 2 ** 32 - 1 }),
      trainCounts: fc.tuple(fc.integer({ min: 1, max: 10 }), fc.integer({ min: 1, max: 10 })),
      heldOutCount: fc.integer({ min: 0, max: 10 }),
      testCount: fc.integer({ min: 1, max: 2 }),
    });
    await fc.assert(
      fc.asyncProperty(options, async (options) => {
        const split = makeSplit(dataset, options);
        const { json, hash } = await splitToJson(split, dataset);
        expect(splitFromJson(json, dataset, 'split.json')).toEqual(split);
        expect(hash).toBe(createHash('sha256').update(json).digest('hex'));
      }),
    );
  });

  const split = { train: { ant: [0, 2], bee: [1] }, heldOut: { ant: [4], bee: [3] }, test: { ant: [1], bee: [0, 2] } };
  it.each([
    [
      'a row of another class',
      { ...split, train: { ant: [0, 1], bee: [3] } },
      'row 1 of train, ant, is not an image of that class',
    ],
    ['a row that does not exist', { ...split, test: { ant: [7], bee: [0] } }, 'row 7 of test, ant'],
    ['a row twice', { ...split, train: { ant: [2, 2], bee: [1] } }, 'row 2 of train, ant'],
    [
      'a row trained on and held out',
      { ...split, heldOut: { ant: [2], bee: [3] } },
      'row 2 is both trained on and held out',
    ],
    ['other classes', { ...split, test: { ant: [1], cow: [0] } }, 'test has the classes ant, cow, expected ant, bee'],
    ['a fraction', { ...split, train: { ant: [0.5], bee: [1] } }, 'train'],
    ['a missing part', { train: split.train, test: split.test }, 'heldOut'],
  ])('is refused with %s', (_, json, text) => {
    expect(() => splitFromJson(JSON.stringify(json), dataset, 'mine.json')).toThrow(DataFormatError);
    expect(() => splitFromJson(JSON.stringify(json), dataset, 'mine.json')).toThrow(text);
  });

  it('is refused when cut off', () => {
    expect(() => splitFromJson('{"train": {', dataset, 'mine.json')).toThrow('mine.json: not JSON');
  });
});
