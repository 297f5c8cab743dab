import { describe, expect, it } from 'vitest';
import { candidateOf, firstCase, smallRecord } from '../../test/support/small-records.ts';
import { attainable, rooflinesOf, roofShare } from './roofline.ts';

const peak = { device: 'adapter', name: 'x', gflopPerSecond: 100, gbytePerSecond: 10, how: 'probes' } as const;

it('bounds a rate by bandwidth below the ridge, and by arithmetic above it', () => {
  expect([1, 5, 10, 20].map((intensity) => attainable(peak, intensity))).toEqual([10, 50, 100, 100]);
  expect(attainable({ ...peak, gbytePerSecond: null }, 1)).toBe(100);
  expect(attainable({ ...peak, gflopPerSecond: null }, 20)).toBe(200);
});

describe('points of a record', () => {
  it('are the times of its results, by their medians and the bytes that must move', () => {
    const record = smallRecord('node-swiftshader');
    const [roofline, ...none] = rooflinesOf({ ...record, peaks: [peak] });
    // The float64 reference is no one's best.
    expect(none).toEqual([]);
    const ms = candidateOf(record, 'csx-gpu').timing?.medianMs ?? 0;
    expect(roofline).toMatchObject({ device: 'adapter', peak });
    // 2 n m d, and 4 d (n + m) + 8 n.
    expect(roofline.points[0].intensity).toBeCloseTo(256e6 / 1.032e6, 9);
    expect(roofline.points[0].gflopPerSecond).toBeCloseTo(256 / ms, 9);
    expect(roofShare(roofline, { ...roofline.points[0], gflopPerSecond: 25 })).toBe('25 %');
    expect(roofShare({ ...roofline, peak: null }, roofline.points[0])).toBeNull();
  });

  it.each([
    ['FLOP', { flop: 0 }],
    ['bytes', { bytes: null }],
  ])('need %s', (_, change) => {
    const record = smallRecord('node-swiftshader');
    Object.assign(firstCase(record), change);
    expect(rooflinesOf(record)).toEqual([]);
  });

  it('need a time that counts', () => {
    const record = smallRecord('node-swiftshader');
    Object.assign(candidateOf(record, 'csx-gpu').gate ?? {}, { error: 1 });
    expect(rooflinesOf(record)).toEqual([]);
  });

  it('go to the device that did the work', () => {
    const record = smallRecord('node-swiftshader');
    const onCpu = { ...candidateOf(record, 'csx-gpu'), name: 'csx-cpu', device: 'CPU, 2 threads' };
    firstCase(record).candidates.push(onCpu);
    expect(rooflinesOf(record).map(({ device, points }) => [device, points.length])).toEqual([
      ['adapter', 1],
      ['cpu', 1],
    ]);
  });
});
