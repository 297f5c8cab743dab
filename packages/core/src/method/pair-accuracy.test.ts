import { InvalidInputError, InvalidOptionError, type Matrix, NumericError } from '@csx/wgsl-kernels';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { printedFormula } from '../../test/support/printed-formula.ts';
import { pairAccuracy } from './pair-accuracy.ts';

const logits = (rows: readonly (readonly number[])[]): Matrix => ({
  data: Float32Array.from(rows.flat()),
  n: rows.length,
  d: rows[0].length,
});
const pair = { minor: 2, major: 0 };

describe('pairAccuracy', () => {
  // Class 1 has the largest logit everywhere: tenWay is always wrong, twoWay compares 0 and 2.
  const given = {
    logits: logits([
      [1, 9, 2],
      [2, 9, 1],
      [3, 9, 0],
      [0, 9, 5],
      [4, 9, 1],
      [0, 0, 0],
    ]),
    labels: Uint32Array.of(2, 2, 0, 0, 0, 1),
    pair,
  };

  it('compares the two logits and averages the two classes', () => {
    expect(pairAccuracy({ ...given, mode: 'twoWay' })).toEqual({
      minorRecall: 1 / 2,
      majorRecall: 2 / 3,
      accuracy: (1 / 2 + 2 / 3) / 2,
    });
  });

  it('compares all logits in tenWay', () => {
    expect(pairAccuracy({ ...given, mode: 'tenWay' })).toEqual({ minorRecall: 0, majorRecall: 0, accuracy: 0 });
  });

  it('is the printed average, does not depend on how many rows a class has, nor on other classes', () => {
    const average = printedFormula(new URL('./pair-accuracy.ts', import.meta.url), 'whatever the row counts: ', [
      'minorRecall',
      'majorRecall',
    ]);
    const row = fc.tuple(fc.nat(2), fc.array(fc.integer({ min: -3, max: 3 }), { minLength: 3, maxLength: 3 }));
    fc.assert(
      fc.property(fc.array(row), fc.constantFrom('twoWay', 'tenWay'), (drawn, mode) => {
        const rows: [number, number[]][] = [[2, [0, 0, 1]], [0, [0, 0, 1]], ...drawn];
        const measure = (used: [number, number[]][]) =>
          pairAccuracy({
            logits: logits(used.map(([, z]) => z)),
            labels: Uint32Array.from(used, ([label]) => label),
            pair,
            mode,
          });
        const result = measure(rows);
        const recall = (k: number) => {
          const own = rows.filter(([label]) => label === k);
          const right = own.filter(([, z]) => {
            const candidates = mode === 'twoWay' ? [0, 2] : [0, 1, 2];
            const most = Math.max(...candidates.map((j) => z[j]));
            return candidates.find((j) => z[j] === most) === k;
          });
          return right.length / own.length;
        };
        expect(result.minorRecall).toBe(recall(2));
        expect(result.majorRecall).toBe(recall(0));
        expect(result.accuracy).toBe(average(result.minorRecall, result.majorRecall));
        expect(measure([...rows, ...rows.filter(([label]) => label === 0)]).accuracy).toBe(result.accuracy);
        expect(measure([...rows, [1, [5, 5, 5]]]).accuracy).toBe(result.accuracy);
      }),
    );
  });

  it('is one half where all logits are equal', () => {
    const rows = Array.from({ length: 8 }, () => [1, 1, 1]);
    const labels = Uint32Array.of(0, 0, 0, 2, 0, 0, 0, 2);
    expect(pairAccuracy({ logits: logits(rows), labels, pair, mode: 'twoWay' }).accuracy).toBe(0.5);
  });

  it('tells apart logits that saturate any softmax', () => {
    const rows = logits([
      [400, 0, -400],
      [-400, 0, 400],
    ]);
    expect(pairAccuracy({ logits: rows, labels: Uint32Array.of(0, 2), pair, mode: 'tenWay' }).accuracy).toBe(1);
  });

  it('refuses a class without held-out rows, and what does not fit', () => {
    expect(() => pairAccuracy({ ...given, labels: given.labels.fill(0), mode: 'twoWay' })).toThrow(
      /class 2 has no held-out row/,
    );
    const good = {
      logits: logits([
        [1, 2, 3],
        [1, 2, 3],
      ]),
      labels: Uint32Array.of(0, 2),
      pair,
      mode: 'twoWay',
    } as const;
    expect(pairAccuracy(good).accuracy).toBe(0.5);
    expect(() => pairAccuracy({ ...good, labels: Uint32Array.of(0) })).toThrow(InvalidInputError);
    expect(() => pairAccuracy({ ...good, labels: Uint32Array.of(0, 3) })).toThrow(InvalidInputError);
    expect(() =>
      pairAccuracy({
        ...good,
        logits: logits([
          [1, 2, 3],
          [1, Number.NaN, 3],
        ]),
      }),
    ).toThrow(NumericError);
    expect(() => pairAccuracy({ ...good, mode: 'twoway' as 'twoWay' })).toThrow(InvalidOptionError);
  });
});
