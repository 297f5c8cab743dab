import { InvalidInputError, InvalidOptionError } from '@csx/wgsl-kernels';
import { describe, expect, it } from 'vitest';
import { classOrder } from './class-order.ts';
import { type LabelledParts, makeSplit, type SplitOptions, trainCountsOf } from './split.ts';

const classNames = ['ant', 'bee', 'cow'];
/** Class sizes 40, 20, 5 in train and 8, 6, 4 in test, interleaved. */
const dataset: LabelledParts = {
  classNames,
  train: { labels: interleave([40, 20, 5]) },
  test: { labels: interleave([8, 6, 4]) },
};
const options: SplitOptions = { seed: 7, trainCounts: [10, 5, 1], heldOutCount: 4 };

function interleave(sizes: number[]): Uint8Array {
  const labels: number[] = [];
  for (let round = 0; round < Math.max(...sizes); round++) {
    sizes.forEach((size, label) => round < size && labels.push(label));
  }
  return Uint8Array.from(labels);
}

const ofClass = (rows: Uint32Array, labels: Uint8Array, label: number) =>
  [...rows].filter((row) => labels[row] === label);

describe('makeSplit', () => {
  it('gives each class its counts, class by class, ascending', () => {
    const split = makeSplit(dataset, options);
    expect([...split.classCounts]).toEqual([10, 5, 1]);
    expect([0, 1, 2].map((c) => ofClass(split.train, dataset.train.labels, c).length)).toEqual([10, 5, 1]);
    expect([0, 1, 2].map((c) => ofClass(split.heldOut, dataset.train.labels, c).length)).toEqual([4, 4, 4]);
    expect([0, 1, 2].map((c) => ofClass(split.test, dataset.test.labels, c).length)).toEqual([8, 6, 4]);
    const byClassThenRow = [...split.train].sort((a, b) => dataset.train.labels[a] - dataset.train.labels[b] || a - b);
    expect([...split.train]).toEqual(byClassThenRow);
  });

  it('never holds out a training row, even when every row is used', () => {
    const split = makeSplit(dataset, { ...options, trainCounts: [36, 16, 1] });
    expect(new Set([...split.train, ...split.heldOut]).size).toBe(split.train.length + split.heldOut.length);
  });

  it('is nested: a larger training count keeps the rows, and moves nothing else', () => {
    const small = makeSplit(dataset, options);
    const large = makeSplit(dataset, { ...options, trainCounts: [10, 12, 1] });
    const before = ofClass(small.train, dataset.train.labels, 1);
    const after = ofClass(large.train, dataset.train.labels, 1);
    expect(after).toEqual(expect.arrayContaining(before));
    expect(large.heldOut).toEqual(small.heldOut);
    expect(ofClass(large.train, dataset.train.labels, 0)).toEqual(ofClass(small.train, dataset.train.labels, 0));
  });

  it('depends on the seed, and on nothing else', () => {
    expect(makeSplit(dataset, options)).toEqual(makeSplit(dataset, options));
    expect(makeSplit(dataset, { ...options, seed: 8 }).train).not.toEqual(makeSplit(dataset, options).train);
  });

  it('draws test rows from the test part, nested too', () => {
    const two = makeSplit(dataset, { ...options, testCount: 2 });
    const four = makeSplit(dataset, { ...options, testCount: 4 });
    expect(two.test.length).toBe(6);
    expect([...four.test]).toEqual(expect.arrayContaining([...two.test]));
  });

  it('says which class is short, what was asked for and what there is', () => {
    expect(() => makeSplit(dataset, { ...options, trainCounts: [10, 17, 1] })).toThrow(
      'split: class bee has 20 training images, asked for 17 to train on + 4 held out',
    );
    expect(() => makeSplit(dataset, { ...options, trainCounts: [10, 17, 1] })).toThrow(InvalidInputError);
    expect(() => makeSplit(dataset, { ...options, testCount: 5 })).toThrow('class cow has 4 test images, asked for 5');
  });

  it.each([
    ['seed', { seed: -1 }],
    ['seed', { seed: 2 ** 32 }],
    ['heldOutCount', { heldOutCount: 1.5 }],
    ['testCount', { testCount: 0 }],
    ['trainCounts of bee', { trainCounts: [1, 0, 1] }],
    ['trainCounts has 2 values', { trainCounts: [1, 1] }],
    ['NaN', { trainCounts: [1, Number.NaN, 1] }],
  ])('refuses a bad %s', (text, change) => {
    expect(() => makeSplit(dataset, { ...options, ...change })).toThrow(InvalidOptionError);
    expect(() => makeSplit(dataset, { ...options, ...change })).toThrow(text);
  });
});

describe('classOrder', () => {
  it('is a permutation of the class, another one for another seed, class or part', () => {
    const labels = new Uint8Array(1000).map((_, row) => row % 2);
    const order = classOrder(labels, 1, 3, 'train');
    expect([...order].sort((a, b) => a - b)).toEqual(Array.from({ length: 500 }, (_, i) => 2 * i + 1));
    expect(classOrder(labels, 1, 4, 'train')).not.toEqual(order);
    expect(classOrder(labels, 1, 3, 'test')).not.toEqual(order);
    expect(classOrder(labels, 0, 3, 'train').map((row) => row + 1)).not.toEqual(order);
  });

  it('gives each place to each member equally often', () => {
    // 5 members, 2000 seeds: a cell expects 400 and has a deviation of sqrt(2000 * 0.2 * 0.8) = 17.9. A normal
    // value leaves 5 deviations once in 1.7 million; the seeds are fixed, so this never flickers.
    const counts = Array.from({ length: 5 }, () => new Array<number>(5).fill(0));
    for (let seed = 0; seed < 2000; seed++) {
      classOrder(new Uint8Array(5), 0, seed, 'train').forEach((row, place) => counts[row][place]++);
    }
    for (const count of counts.flat()) expect(Math.abs(count - 400)).toBeLessThan(5 * 17.9);
  });
});

describe('trainCountsOf', () => {
  it('gives minors and majors theirs', () => {
    const counts = trainCountsOf(classNames, { majorCount: 30, minorCount: 10, minorClasses: ['cow', 'ant'] });
    expect([...counts]).toEqual([10, 30, 10]);
  });
  it('puts the counts of single classes before either', () => {
    const counts = { majorCount: 30, minorCount: 10, minorClasses: ['cow', 'ant'], classCounts: { cow: 3, bee: 7 } };
    expect([...trainCountsOf(classNames, counts)]).toEqual([10, 7, 3]);
  });
  it('refuses an unknown class', () => {
    expect(() => trainCountsOf(classNames, { majorCount: 3, minorCount: 1, minorClasses: ['cat'] })).toThrow("'cat'");
    expect(() =>
      trainCountsOf(classNames, { majorCount: 3, minorCount: 1, minorClasses: ['cow'], classCounts: { cat: 2 } }),
    ).toThrow("classCounts has 'cat'");
  });
});
