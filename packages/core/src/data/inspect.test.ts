import { InvalidInputError } from '@csx/wgsl-kernels';
import { expect, it } from 'vitest';
import type { ImageDataset, ImageSet } from './image-set.ts';
import { inspectDataset } from './inspect.ts';

const images = (labels: number[], values: number[]): ImageSet => ({
  pixels: Uint8Array.from(values),
  labels: Uint8Array.from(labels),
  n: labels.length,
  height: 1,
  width: 1,
  channels: 1,
});
const dataset: ImageDataset = {
  name: 'dots',
  classNames: ['low', 'high'],
  train: images([0, 1, 0, 0], [0, 20, 0, 20]),
  test: images([1], [7]),
  hashes: { 'dots.bin': 'abc' },
};

it('counts and measures both parts', () => {
  const inspection = {
    name: 'dots',
    classNames: ['low', 'high'],
    height: 1,
    width: 1,
    channels: 1,
    train: { n: 4, classCounts: [3, 1], imbalanceRatio: 3 },
    test: { n: 1, classCounts: [0, 1], imbalanceRatio: null },
    channelMean: [10],
    channelStd: [10],
    hashes: { 'dots.bin': 'abc' },
  };
  expect(inspectDataset(dataset)).toEqual(inspection);
  expect(JSON.parse(JSON.stringify(inspectDataset(dataset)))).toEqual(inspection);
});

it('refuses a label that is no class, and no training images', () => {
  expect(() => inspectDataset({ ...dataset, test: images([2], [7]) })).toThrow('row 0 has label 2, expected 0 to 1');
  expect(() => inspectDataset({ ...dataset, train: images([], []) })).toThrow(InvalidInputError);
});
