import { CsxError, type Matrix } from '@csx/wgsl-kernels';
import { afterAll, describe, expect, it } from 'vitest';
import { distance, logitsOf, madeUpLatents, rowOf } from '../../test/support/made-up-latents.ts';
import { createCpuLatentOps } from '../latent-ops/cpu-latent-ops.ts';
import type { Classifier } from './extrapolation.ts';
import { fitResample } from './fit-resample.ts';
import type { ResampleOptionsInput } from './resample-options.ts';

const counts = [60, 20, 50, 18];
const { latents, labels, head, logits } = madeUpLatents(counts, 6, 3);
const heldOut = { logits, labels };
const classifier: Classifier = { head, logits, heldOut };
const ops = createCpuLatentOps();
afterAll(() => ops.dispose());

const strategy = { 1: 60, 3: 60 };
const fixed = {
  assignment: 'fixed',
  classPairs: [
    { minor: 1, major: 0 },
    { minor: 3, major: 2 },
  ],
} as const;
const resample = (options: object, given: Classifier = classifier, data: Matrix = latents) =>
  fitResample(
    data,
    labels,
    { sampler: 'extrapolation', samplingStrategy: strategy, ...fixed, ...options } as ResampleOptionsInput,
    { ops, classifier: given },
  );
const rowsOf = (label: number) => Array.from(labels.keys()).filter((row) => labels[row] === label);

describe('extrapolation', () => {
  it('blends minor rows with rows of their pair', async () => {
    const { provenance } = await resample({ arm: 'random' });
    const { parents, weights, methods } = provenance;
    expect(new Set(methods)).toEqual(new Set(['extrapolation-random']));
    provenance.labels.forEach((label, at) => {
      expect(labels[parents[2 * at]]).toBe(label);
      expect(labels[parents[2 * at + 1]]).toBe(label - 1);
      expect([weights[2 * at], weights[2 * at + 1]]).toEqual([0.5, 0.5]);
    });
  });

  it.each(['bottom', 'top'] as const)('%s takes the majors the classifier is least or most sure of', async (arm) => {
    const { provenance } = await resample({ arm });
    const logOdds = (row: number) => {
      const z = rowOf(logits, row);
      const others = z.filter((_, k) => k !== labels[row]);
      return z[labels[row]] - Math.log(others.reduce((sum, value) => sum + Math.exp(value), 0));
    };
    const ranked = rowsOf(0).sort((a, b) => logOdds(a) - logOdds(b));
    const allowed = new Set(arm === 'bottom' ? ranked.slice(0, 18) : ranked.slice(-18));
    const used = Array.from(provenance.labels, (_, at) => provenance.parents[2 * at + 1]).filter(
      (_, at) => provenance.labels[at] === 1,
    );
    expect(used).toHaveLength(40);
    expect(used.every((row) => allowed.has(row))).toBe(true);
  });

  it('asymmetric weighs by equation (1), with the nearest minor row of each major', async () => {
    const { provenance } = await resample({ arm: 'asymmetric' });
    const { parents, weights } = provenance;
    const boundary = (row: number, minor: number, major: number) => {
      const z = rowOf(logitsOf(latents, head), row);
      return Math.abs(z[minor] - z[major]);
    };
    provenance.labels.forEach((label, at) => {
      const [minor, major] = [parents[2 * at], parents[2 * at + 1]];
      const nearest = rowsOf(label).sort(
        (a, b) =>
          distance(rowOf(latents, a), rowOf(latents, major)) - distance(rowOf(latents, b), rowOf(latents, major)),
      )[0];
      expect(minor).toBe(nearest);
      const ratio = boundary(major, label, label - 1) / boundary(minor, label, label - 1);
      const p = Math.min(1, Math.max(0.1, 0.5 - 0.4 * 0.5 * (Math.max(1, ratio) - 1)));
      // The logits are f32, and their difference is divided by another: 2^-24 of the logits, over the difference.
      expect(weights[2 * at]).toBeCloseTo(p, 3);
    });
    expect(new Set(weights).size).toBeGreaterThan(4);
  });

  it('computes logits from the head where none are given', async () => {
    expect((await resample({ arm: 'bottom' }, { head })).provenance).toEqual(
      (await resample({ arm: 'bottom' })).provenance,
    );
  });

  it('random needs no classifier, and centroid no head', async () => {
    expect((await resample({ arm: 'random' }, {})).counts[1].newCount).toBe(40);
    expect((await resample({ arm: 'asymmetric', reading: 'centroid' }, { logits })).counts[1].newCount).toBe(40);
    expect((await resample({ arm: 'asymmetric', reading: 'density' }, { logits })).counts[1].newCount).toBe(40);
    expect((await resample({ arm: 'asymmetric', reading: 'probability' }, { logits })).counts[1].newCount).toBe(40);
  });

  it('finds the pairs itself: the closest of the classes that get no rows', async () => {
    const { provenance, counts: added } = await resample({
      arm: 'random',
      assignment: 'closest',
      classPairs: undefined,
    });
    expect(added.map(({ newCount }) => newCount)).toEqual([0, 40, 0, 42]);
    provenance.labels.forEach((_, at) => {
      expect([0, 2]).toContain(labels[provenance.parents[2 * at + 1]]);
    });
  });

  it('a class in several pairs shares its rows among them', async () => {
    const classPairs = [...fixed.classPairs, { minor: 3, major: 0 }];
    const { provenance } = await resample({ arm: 'random', classPairs, samplingStrategy: { 1: 60, 3: 59 } });
    const majors = Array.from(provenance.labels, (label, at) => `${label}-${labels[provenance.parents[2 * at + 1]]}`);
    const count = (name: string) => majors.filter((one) => one === name).length;
    expect([count('1-0'), count('3-2'), count('3-0')]).toEqual([40, 21, 20]);
  });

  /** Held-out logits under which pair 1-0 has accuracy 1, and pair 3-2 a half. */
  const known = () => {
    const data = new Float32Array(labels.length * 4);
    labels.forEach((label, row) => {
      data[row * 4 + (label === 3 ? 2 : label)] = 1;
    });
    return { head, logits, heldOut: { logits: { data, n: labels.length, d: 4 }, labels: Array.from(labels) } };
  };

  it('algorithm1 treats overlapped pairs by their arm, others at random or not at all', async () => {
    const byRandom = await resample({ arm: 'algorithm1' }, known());
    const methods = (label: number, { provenance }: Awaited<ReturnType<typeof resample>>) =>
      new Set(provenance.methods.filter((_, at) => provenance.labels[at] === label));
    expect(methods(1, byRandom)).toEqual(new Set(['extrapolation-random']));
    expect(methods(3, byRandom)).toEqual(new Set(['extrapolation-asymmetric']));
    const byNothing = await resample({ arm: 'algorithm1', separable: 'nothing' }, known());
    expect(byNothing.counts.map(({ newCount }) => newCount)).toEqual([0, 0, 0, 42]);
    expect(byNothing.notes).toEqual(['Class 1: its pair with class 0 is separable and gets nothing.']);
  });

  it('algorithm2 gives a pair rows by its accuracy', async () => {
    const { counts: added, notes } = await resample({ arm: 'algorithm2' }, known());
    // Accuracies 1 and 1/2: max(1, round(19 * 0)) = 1 of 19 iterations for the first, all for the second.
    expect(added.map(({ newCount }) => newCount)).toEqual([0, Math.round(40 / 19), 0, 42]);
    expect(notes).toEqual(['Class 1: its pair with class 0 gets 2 of 40 rows by its accuracy.']);
  });

  const narrow = { data: new Float32Array(148 * 3), n: 148, d: 3 };
  it.each<[string, string, RegExp, object, Classifier]>([
    ['no classifier to rank by', 'INVALID_INPUT', /neither logits nor a classifier head/, { arm: 'top' }, {}],
    ['no head for a boundary', 'INVALID_INPUT', /no classifier head is given/, { arm: 'asymmetric' }, { logits }],
    ['no head for a crossing', 'INVALID_INPUT', /no classifier head/, { arm: 'random', placement: 'crossing' }, {}],
    ['no held-out rows', 'INVALID_INPUT', /no held-out rows are given/, { arm: 'algorithm1' }, { head }],
    ['logits of other shape', 'INVALID_INPUT', /148 x 3|label 3/, { arm: 'top' }, { logits: narrow }],
    [
      'logits of fewer rows',
      'INVALID_INPUT',
      /logits are 1 x 4/,
      { arm: 'top' },
      { logits: { data: new Float32Array(4), n: 1, d: 4 } },
    ],
    [
      'NaN among logits',
      'NUMERIC',
      /NaN in row 0/,
      { arm: 'top' },
      { logits: { ...logits, data: logits.data.slice().fill(Number.NaN, 0, 1) } },
    ],
    [
      'a head of other width',
      'INVALID_INPUT',
      /head is 5 x 4/,
      { arm: 'top' },
      { head: { ...head, weights: { data: new Float32Array(20), n: 5, d: 4 } } },
    ],
    [
      'no class to borrow from',
      'INVALID_OPTION',
      /all classes get rows/,
      { arm: 'random', samplingStrategy: { 0: 61, 1: 60, 2: 60, 3: 60 } },
      {},
    ],
    [
      'a class without pair',
      'INVALID_OPTION',
      /class 3 gets rows, but is in none/,
      { arm: 'random', classPairs: [{ minor: 1, major: 0 }] },
      {},
    ],
    [
      'a pair of a class that gets none',
      'INVALID_OPTION',
      /class 2 is not minor/,
      { arm: 'random', classPairs: [{ minor: 2, major: 0 }] },
      {},
    ],
  ])('refuses %s', async (_what, code, message, options, given) => {
    const error = await resample(options, given).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(CsxError);
    expect((error as CsxError).code).toBe(code);
    expect((error as CsxError).message).toMatch(message);
  });

  it('refuses labels that are no class indices', async () => {
    const far = labels.map((label) => (label === 3 ? 70_000 : label));
    const options = { sampler: 'extrapolation', arm: 'random' } as const;
    await expect(fitResample(latents, far, options, { ops })).rejects.toThrow(
      /label 70000, expected the number of a class/,
    );
  });
});
