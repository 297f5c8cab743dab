import { CsxError } from '@csx/wgsl-kernels';
import { describe, expect, it } from 'vitest';
import { planResample } from './plan-resample.ts';
import { type ResampleOptionsInput, samplerNames } from './resample-options.ts';

const labelsOf = (counts: Record<number, number>) =>
  Object.entries(counts).flatMap(([label, count]) => new Array<number>(count).fill(Number(label)));

describe('planResample', () => {
  it('names the classes that are too small for their neighbors, before anything is computed', () => {
    const { smallClasses, notes } = planResample(labelsOf({ 0: 40, 1: 5, 2: 6, 3: 1 }), { sampler: 'smote' });
    expect(smallClasses).toEqual([
      { label: 1, rowCount: 5, wanted: 5, used: 4 },
      { label: 3, rowCount: 1, wanted: 5, used: 0 },
    ]);
    expect(notes).toEqual([
      'Class 1 has 5 rows: its rows are blended with all 4 others instead of 5 neighbors.',
      'Class 3 has one row and so no neighbor: the row is repeated.',
    ]);
  });

  it('is silent about small classes that get no rows, or where no neighbor is wanted', () => {
    const labels = labelsOf({ 0: 40, 1: 2 });
    expect(planResample(labels, { sampler: 'smote', samplingStrategy: { 1: 2 } }).smallClasses).toEqual([]);
    expect(planResample(labels, { sampler: 'random-oversampling' }).smallClasses).toEqual([]);
    expect(planResample(labels, { sampler: 'ramo', k2: 2 }).smallClasses).toEqual([
      { label: 1, rowCount: 2, wanted: 2, used: 1 },
    ]);
  });

  it('notes too few rows for all neighbors, and classes that become the largest', () => {
    const { notes } = planResample(labelsOf({ 0: 6, 1: 4 }), { sampler: 'eos', samplingStrategy: { 1: 9 } });
    expect(notes).toEqual([
      'There are 10 rows: all 9 others count as neighbors, instead of 10.',
      'Class 1 will have 9 rows, more than the largest class has (6).',
    ]);
  });

  it.each(samplerNames)('fills in the defaults of %s, and takes them for the same', (sampler) => {
    const labels = labelsOf({ 0: 40, 1: 20 });
    const plan = planResample(labels, { sampler } as ResampleOptionsInput);
    expect(plan.options).toMatchObject({ sampler, samplingStrategy: 'auto', seed: 0 });
    expect(planResample(labels, plan.options)).toEqual(plan);
    expect(plan.counts[1]).toEqual({ label: 1, originalCount: 20, newCount: 20 });
  });

  it.each<[string, object, RegExp]>([
    ['a sampler that there is not', { sampler: 'smite' }, /sampler is smite, expected one of random-oversampling/],
    ['no neighbor', { sampler: 'smote', k: 0 }, /k: /],
    ['more neighbors than a search finds', { sampler: 'smote', k: 32 }, /k: .*31/],
    ["another sampler's option", { sampler: 'smote', m: 10 }, /m/],
    ['half a row', { sampler: 'smote', samplingStrategy: { 1: 30.5 } }, /samplingStrategy/],
    ['a strategy that there is not', { sampler: 'smote', samplingStrategy: 'majority' }, /samplingStrategy/],
    ['a negative seed', { sampler: 'smote', seed: -1 }, /seed/],
    ['a ratio for three classes', { sampler: 'smote', samplingStrategy: 0.9 }, /ratio, but there are 3 classes/],
    ['a class without rows', { sampler: 'smote', samplingStrategy: { 7: 9 } }, /names class 7/],
    [
      'fewer rows than there are',
      { sampler: 'smote', samplingStrategy: { 1: 19 } },
      /19 rows of class 1, which has 20/,
    ],
  ])('refuses %s', (_what, options, message) => {
    const labels = labelsOf({ 0: 40, 1: 20, 2: 9 });
    const plan = () => planResample(labels, options as ResampleOptionsInput);
    expect(plan).toThrow(CsxError);
    expect(plan).toThrow(message);
    expect(() => planResample(labels, { sampler: 'smote', k: 31, samplingStrategy: { 1: 20 } })).not.toThrow();
  });
});
