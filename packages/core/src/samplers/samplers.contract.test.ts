import { CsxError, type Matrix } from '@csx/wgsl-kernels';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { testDevice } from '../../../wgsl-kernels/test/support/device.ts';
import { madeUpLatents } from '../../test/support/made-up-latents.ts';
import { createCpuLatentOps } from '../latent-ops/cpu-latent-ops.ts';
import { createGpuLatentOps } from '../latent-ops/gpu-latent-ops.ts';
import type { LatentOps } from '../latent-ops/latent-ops.ts';
import { fitResample } from './fit-resample.ts';
import type { Resampled } from './join-rows.ts';
import { planResample } from './plan-resample.ts';
import type { ResampleOptionsInput } from './resample-options.ts';

// What every sampler promises, on both implementations of the latent operations.

const cpu = createCpuLatentOps();
let gpu: LatentOps;
beforeAll(async () => {
  gpu = createGpuLatentOps(await testDevice());
});
afterAll(() => {
  gpu.dispose();
  cpu.dispose();
});

const classCounts = [60, 25, 40, 14];
const made = madeUpLatents(classCounts, 12);

/** Every sampler as it is called first, by its options. */
const samplers: readonly ResampleOptionsInput[] = [{ sampler: 'random-oversampling' }, { sampler: 'smote' }];

const countsOf = (labels: ArrayLike<number>) => {
  const counts = new Map<number, number>();
  for (const label of Array.from(labels)) counts.set(label, (counts.get(label) ?? 0) + 1);
  return counts;
};
const plain = ({ latents, labels, provenance, notes }: Resampled) => ({ latents, labels, provenance, notes });

/** The blend that provenance promises, in float64, rounded once. */
function blended({ data, d }: Matrix, { parents, weights }: Resampled['provenance'], row: number): Float32Array {
  return Float32Array.from({ length: d }, (_, j) => {
    const [a, b] = [parents[2 * row], parents[2 * row + 1]];
    return weights[2 * row] * data[a * d + j] + weights[2 * row + 1] * data[b * d + j];
  });
}

describe.each(samplers)('the sampler $sampler', (base) => {
  describe.each(['cpu', 'gpu'] as const)('on the %s', (kind) => {
    const ops = () => (kind === 'cpu' ? cpu : gpu);
    const resample = (options: object = {}, latents = made.latents, labels: ArrayLike<number> = made.labels) =>
      fitResample(latents, labels, { ...base, ...options } as ResampleOptionsInput, { ops: ops() });

    it('fills up the classes, and tells what it made of what', async () => {
      const result = await resample();
      const { provenance, latents, labels, plan } = result;
      const { n, d } = made.latents;
      const added = countsOf(provenance.labels);
      // ADASYN rounds for each row; all others give what was asked for.
      const rounded = base.sampler === ('adasyn' as string);
      for (const { label, newCount } of plan.counts)
        if (rounded) expect(Math.abs((added.get(label) ?? 0) - newCount)).toBeLessThanOrEqual(classCounts[label] / 2);
        else expect(added.get(label) ?? 0).toBe(newCount);
      expect(plan.counts.map(({ newCount }) => newCount)).toEqual([0, 35, 20, 46]);

      expect(latents.data.subarray(0, n * d)).toEqual(made.latents.data);
      expect(labels.subarray(0, n)).toEqual(made.labels);
      expect(labels.subarray(n)).toEqual(provenance.labels);
      expect(latents).toMatchObject({ n: n + provenance.labels.length, d });
      expect(provenance.methods).toHaveLength(provenance.labels.length);
      provenance.labels.forEach((label, row) => {
        const [first, second] = provenance.parents.subarray(2 * row, 2 * row + 2);
        expect(made.labels[first]).toBe(label);
        expect(second).toBeLessThan(n);
        const [w0, w1] = provenance.weights.subarray(2 * row, 2 * row + 2);
        expect(w0 + w1).toBeCloseTo(1, 15);
        expect(Math.min(w0, w1)).toBeGreaterThanOrEqual(0);
        expect(latents.data.subarray((n + row) * d, (n + row + 1) * d)).toEqual(blended(made.latents, provenance, row));
      });
    });

    it('repeats itself from a seed, and makes other rows from another', async () => {
      const first = await resample({ seed: 3 });
      expect(plain(await resample({ seed: 3 }))).toEqual(plain(first));
      expect((await resample({ seed: 4 })).provenance.parents).not.toEqual(first.provenance.parents);
    });

    it('adds nothing where nothing is asked for', async () => {
      const result = await resample({ samplingStrategy: {} });
      expect(result.latents).toMatchObject(made.latents);
      expect(result.provenance).toMatchObject({ methods: [] });
    });

    it('takes labels with gaps, of any type of array', async () => {
      const labels = Array.from(made.labels, (label) => 10 * label + 5);
      const { provenance, plan } = await resample({}, made.latents, labels);
      expect(plan.counts.map(({ label }) => label)).toEqual([5, 15, 25, 35]);
      expect(new Set(provenance.labels)).toEqual(new Set([15, 25, 35]));
    });

    it('makes rows of a class of one row, and of duplicates', async () => {
      const { d } = made.latents;
      const data = new Float32Array(40 * d);
      const labels = Uint32Array.from({ length: 40 }, (_, row) => (row === 0 ? 1 : row < 10 ? 2 : 0));
      for (let row = 30; row < 40; row++) data.fill(row, row * d, (row + 1) * d);
      const { provenance, latents } = await resample({}, { data, n: 40, d }, labels);
      expect(countsOf(provenance.labels)).toEqual(
        new Map([
          [1, 29],
          [2, 21],
        ]),
      );
      expect(latents.data.every(Number.isFinite)).toBe(true);
    });

    const damaged = (row: number, value: number): Matrix => {
      const data = made.latents.data.slice();
      data[row * 12 + 3] = value;
      return { ...made.latents, data };
    };
    it.each<[string, string, RegExp, () => Promise<unknown>]>([
      [
        'labels missing',
        'INVALID_INPUT',
        /138 labels for 139 rows/,
        () => resample({}, made.latents, made.labels.slice(1)),
      ],
      ['one class', 'INVALID_INPUT', /1 class/, () => resample({}, made.latents, new Uint32Array(139))],
      ['NaN', 'INVALID_INPUT', /in 1 rows: 17/, () => resample({}, damaged(17, Number.NaN))],
      ['infinity', 'INVALID_INPUT', /in 1 rows: 4/, () => resample({}, damaged(4, Number.NEGATIVE_INFINITY))],
      [
        'twelve bad rows',
        'INVALID_INPUT',
        /in 12 rows: 0, 1, 2, 3, 4, 5, 6, 7, 8, 9 and 2 more/,
        () => resample({}, { ...made.latents, data: made.latents.data.slice().fill(Number.NaN, 0, 12 * 12) }),
      ],
      [
        'labels that are no whole numbers',
        'INVALID_INPUT',
        /got 2.5 in row 2; such rows: 2, 5/,
        () =>
          resample(
            {},
            made.latents,
            Array.from(made.labels, (label, row) => (row === 2 || row === 5 ? label + 0.5 : label)),
          ),
      ],
      [
        'fewer rows than there are',
        'INVALID_OPTION',
        /59 rows of class 0, which has 60/,
        () => resample({ samplingStrategy: { 0: 59 } }),
      ],
      ['an option that is not', 'INVALID_OPTION', /colour/, () => resample({ colour: 'red' })],
      ['a shape that is not', 'INVALID_INPUT', /n x d = 140 x 12/, () => resample({}, { ...made.latents, n: 140 })],
    ])('refuses %s', async (_what, code, message, act) => {
      const error = await act().catch((reason: unknown) => reason);
      expect(error).toBeInstanceOf(CsxError);
      expect((error as CsxError).code).toBe(code);
      expect((error as CsxError).message).toMatch(message);
    });
  });

  it('makes the same rows on the gpu as on the cpu', async () => {
    const onCpu = await fitResample(made.latents, made.labels, { ...base, seed: 8 }, { ops: cpu });
    const onGpu = await fitResample(made.latents, made.labels, { ...base, seed: 8 }, { ops: gpu });
    expect(plain(onGpu)).toEqual(plain(onCpu));
    expect(onCpu.provenance.labels.length).toBeGreaterThan(0);
  });

  it('works without operations of the caller', async () => {
    expect(plain(await fitResample(made.latents, made.labels, base))).toEqual(
      plain(await fitResample(made.latents, made.labels, base, { ops: cpu })),
    );
  });

  it('plans what it will do', async () => {
    const result = await fitResample(made.latents, made.labels, base, { ops: cpu });
    expect(planResample(made.labels, base)).toEqual(result.plan);
  });
});
