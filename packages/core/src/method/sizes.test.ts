import { InvalidInputError, InvalidOptionError } from '@csx/wgsl-kernels';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { printedFormula } from '../../test/support/printed-formula.ts';
import { estimateSizes } from './sizes.ts';

const counts = fc.array(fc.integer({ min: 1, max: 5000 }), { minLength: 2, maxLength: 100 });

describe('estimateSizes', () => {
  it("finds the paper's minors", () => {
    const classCounts = [3000, 1000, 1000, 1000, 1000, 3000, 3000, 3000, 1000, 3000];
    expect(estimateSizes(classCounts, { minorRatio: 0.5 })).toEqual({
      minors: [1, 2, 3, 4, 8],
      majors: [0, 5, 6, 7, 9],
    });
  });

  it('takes a class at the ratio for a major', () => {
    expect(estimateSizes([10, 5, 4], { minorRatio: 0.5 })).toEqual({ minors: [2], majors: [0, 1] });
  });

  it('splits all classes by the printed rule', () => {
    const rule = printedFormula(
      new URL('./sizes.ts', import.meta.url),
      'Class k is minor when ',
      ['count', 'minorRatio', 'largest'],
      {
        'classCounts[k]': 'count',
        'max(classCounts)': 'largest',
      },
    );
    fc.assert(
      fc.property(counts, fc.double({ min: 0, max: 1, noNaN: true }), (classCounts, minorRatio) => {
        const largest = Math.max(...classCounts);
        const minors = classCounts.flatMap((count, k) => (rule(count, minorRatio, largest) ? [k] : []));
        if (minors.length === 0) {
          expect(() => estimateSizes(classCounts, { minorRatio })).toThrow(InvalidInputError);
          return;
        }
        const sizes = estimateSizes(Uint32Array.from(classCounts), { minorRatio });
        expect(sizes.minors).toEqual(minors);
        expect([...sizes.minors, ...sizes.majors].sort((a, b) => a - b)).toEqual(classCounts.map((_, k) => k));
        expect(sizes.majors.length).toBeGreaterThan(0);
      }),
    );
  });

  it('takes minors by hand, in any order, whatever the counts', () => {
    expect(estimateSizes([1, 9, 9], { minorRatio: 0.5, minors: [2, 1] })).toEqual({ minors: [1, 2], majors: [0] });
  });

  it('refuses classes of one size', () => {
    expect(() => estimateSizes([7, 7], { minorRatio: 1 })).toThrow(/no minor class, the counts are 7, 7/);
  });

  it('refuses a class without rows', () => {
    expect(() => estimateSizes([7, 0], { minorRatio: 0.5 })).toThrow(/class 1 has no training rows/);
  });

  it.each([[[]], [[0, 1]], [[2]], [[-1]], [[0, 0]], [[0.5]]])('refuses the minors %j of two classes', (minors) => {
    expect(() => estimateSizes([3, 4], { minorRatio: 0.5, minors })).toThrow(InvalidOptionError);
  });

  it.each([-0.1, 1.1, Number.NaN])('refuses the ratio %d', (minorRatio) => {
    expect(() => estimateSizes([1, 9], { minorRatio })).toThrow(InvalidOptionError);
  });
});
