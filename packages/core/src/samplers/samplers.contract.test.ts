import { CsxError, type Matrix } from '@csx/wgsl-kernels';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { testDevice } from '../../../wgsl-kernels/test/support/device.ts';
import { logitsOf, madeUpLatents } from '../../test/support/made-up-latents.ts';
import { createCpuLatentOps } from '../latent-ops/cpu-latent-ops.ts';
import { createGpuLatentOps } from '../latent-ops/gpu-latent-ops.ts';
import type { LatentOps } from '../latent-ops/latent-ops.ts';
import type { Classifier } from './extrapolation.ts';
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
const samplers: readonly ResampleOptionsInput[] = [
  { sampler: 'random-oversampling' },
  { sampler: 'smote' },
  { sampler: 'borderline-smote-1' },
  { sampler: 'borderline-smote-2' },
  { sampler: 'adasyn' },
  { sampler: 'mwmote' },
  { sampler: 'ramo' },
  { sampler: 'eos' },
  ...(['random', 'top', 'bottom', 'asymmetric', 'algorithm1', 'algorithm2'] as const).map(
    (arm) => ({ sampler: 'extrapolation', arm }) as const,
  ),
];

/** A classifier by class means, with a class for each label, that knows the rows it is asked about. */
function classifierOf(latents: Matrix, labels: ArrayLike<number>): Classifier {
  const { data, n, d } = latents;
  const classCount = Math.floor(Array.from(labels).reduce((most, label) => Math.max(most, label), 0)) + 1;
  const weights = new Float32Array(d * classCount);
  const bias = new Float32Array(classCount);
  for (let k = 0; k < classCount; k++) {
    const own = Array.from(labels, (_, row) => row).filter((row) => labels[row] === k);
    for (let j = 0; j < d; j++) {
      const mean = own.reduce((sum, row) => sum + data[row * d + j], 0) / Math.max(1, own.length);
      weights[j * classCount + k] = mean;
      bias[k] -= mean ** 2 / 2;
    }
  }
  const head = { weights: { data: weights, n: d, d: classCount }, bias };
  const logits = logitsOf({ data, n, d }, head);
  return { head, logits, heldOut: { logits, labels } };
}

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

/** Round for each row, or give a pair a share of what was asked for: all others give exactly that. */
const isRounded = (base: ResampleOptionsInput) =>
  base.sampler === 'adasyn' || (base.sampler === 'extrapolation' && base.arm === 'algorithm2');
const titled = samplers.map(
  (base) => [base.sampler + (base.sampler === 'extrapolation' ? `, ${base.arm}` : ''), base] as const,
);

describe.each(titled)('the sampler %s', (_title, base) => {
  describe.each(['cpu', 'gpu'] as const)('on the %s', (kind) => {
    const ops = () => (kind === 'cpu' ? cpu : gpu);
    const resample = (options: object = {}, latents = made.latents, labels: ArrayLike<number> = made.labels) =>
      fitResample(latents, labels, { ...base, ...options } as ResampleOptionsInput, {
        ops: ops(),
        classifier: base.sampler === 'extrapolation' ? classifierOf(latents, labels) : undefined,
      });

    it('fills up the classes, and tells what it made of what', async () => {
      const result = await resample();
      const { provenance, latents, labels, plan } = result;
      const { n, d } = made.latents;
      const added = countsOf(provenance.labels);
      for (const { label, newCount } of result.counts) expect(added.get(label) ?? 0).toBe(newCount);
      if (!isRounded(base)) expect(result.counts).toEqual(plan.counts);
      expect(provenance.labels.length).toBeGreaterThan(20);
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
      const { provenance, latents, counts } = await resample({}, { data, n: 40, d }, labels);
      if (!isRounded(base)) expect(counts.map(({ newCount }) => newCount)).toEqual([0, 29, 21]);
      expect(provenance.labels.length).toBeGreaterThan(0);
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

  const resources = base.sampler === 'extrapolation' ? { classifier: classifierOf(made.latents, made.labels) } : {};

  it('makes the same rows on the gpu as on the cpu', async () => {
    const options = { ...base, seed: 8 };
    const onCpu = await fitResample(made.latents, made.labels, options, { ...resources, ops: cpu });
    const onGpu = await fitResample(made.latents, made.labels, options, { ...resources, ops: gpu });
    expect(plain(onGpu)).toEqual(plain(onCpu));
    expect(onCpu.provenance.labels.length).toBeGreaterThan(0);
  });

  it('works without operations of the caller, and plans what it will do', async () => {
    const alone = await fitResample(made.latents, made.labels, base, resources);
    expect(plain(alone)).toEqual(plain(await fitResample(made.latents, made.labels, base, { ...resources, ops: cpu })));
    expect(planResample(made.labels, base)).toEqual(alone.plan);
  });
});
