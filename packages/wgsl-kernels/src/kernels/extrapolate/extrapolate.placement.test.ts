import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { testSession } from '../../../test/support/device.ts';
import {
  asymmetric,
  density,
  expectReference,
  makeInput,
  onePair,
  signed,
} from '../../../test/support/extrapolate-cases.ts';
import type { Session } from '../../index.ts';
import type { ExtrapolateInput } from './extrapolate.input.ts';
import { extrapolateReference } from './extrapolate.reference.ts';
import { createExtrapolate, type Extrapolate } from './extrapolate.ts';

let session: Session;
let kernel: Extrapolate;
beforeAll(async () => {
  session = await testSession();
  kernel = createExtrapolate(session);
});

describe('extrapolate: where the new sample lies', () => {
  it('is what its formula says', async () => {
    const text = readFileSync(new URL('./extrapolate.ts', import.meta.url), 'utf8');
    const formula = (name: string) => new RegExp(`\\* {5}${name} = (.*)`).exec(text)?.[1] ?? '';
    const names = ['gamma', 'pMax', 'dNormal', 'dAbnormal', 'pMin', 'minor', 'major', 'P', 'weight', 'min', 'max'];
    const evaluate = (name: string) => new Function('v', `const { ${names} } = v; return ${formula(name)}`);
    for (const [dAbnormal, dNormal, gamma] of [
      [2, 3, -0.4],
      [1, 2.5, -0.4],
      [1, 3.5, -0.4],
      [3, 2, -0.4],
      [2, 3, 0.4],
      [1, 9, 0.4],
    ]) {
      const values = {
        gamma,
        pMax: 0.5,
        dNormal,
        dAbnormal,
        pMin: 0.1,
        minor: 1,
        major: 3,
        min: Math.min,
        max: Math.max,
      };
      const P = evaluate('P')(values);
      const weight = evaluate('weight')({ ...values, P });
      const blended = evaluate('blended')({ ...values, weight });
      const actual = await kernel.run(density(dAbnormal, dNormal, gamma));
      // 9 roundings of 2^-24 of numbers up to 1, and of a latent up to 3: the derived bounds.
      expect(Math.abs(actual.minorWeight[0] - weight)).toBeLessThanOrEqual(9 * 2 ** -24);
      expect(Math.abs(actual.latents.data[0] - blended)).toBeLessThanOrEqual(9 * 2 ** -24 * 3);
    }
  });

  it('nears the major sample as P falls, and P falls as dNormal / dAbnormal rises for gamma < 0', async () => {
    let lastDistance = Number.POSITIVE_INFINITY;
    let lastWeight = 1;
    for (const ratio of [1.5, 2, 2.5, 3, 3.5]) {
      const { latents, minorWeight } = await kernel.run(density(1, ratio, -0.4, 0));
      const distance = Math.hypot(latents.data[0] - 3, latents.data[1] - 5);
      expect(minorWeight[0]).toBeLessThan(lastWeight);
      expect(distance).toBeLessThan(lastDistance);
      lastDistance = distance;
      lastWeight = minorWeight[0];
    }
    for (const minorWeight of [0.9, 0.5, 0.2]) {
      const { latents } = await kernel.run(onePair([1, 2], [3, 5], { placement: { kind: 'fixed', minorWeight } }));
      const distance = Math.hypot(latents.data[0] - 3, latents.data[1] - 5);
      expect(Math.abs(distance - minorWeight * Math.hypot(2, 3))).toBeLessThan(1e-6);
    }
  });

  it('moves away from the major sample for gamma > 0', async () => {
    const { minorWeight } = await kernel.run(density(1, 2, 0.4));
    expect(minorWeight[0]).toBe(Math.fround(0.7));
  });

  it('gives the minor sample for P = 1, the major one for P = 0 and their middle for 0.5, exactly', async () => {
    const ends = makeInput(100, 67, { kind: 'fixed', minorWeight: 1 });
    const row = (rows: Uint32Array, pair: number) => ends.latents.data.subarray(rows[pair] * 67, (rows[pair] + 1) * 67);
    const one = await kernel.run(ends);
    const zero = await kernel.run({ ...ends, placement: { kind: 'fixed', minorWeight: 0 }, pMin: 0 });
    for (let pair = 0; pair < 100; pair++) {
      expect(one.latents.data.subarray(pair * 67, (pair + 1) * 67)).toEqual(row(ends.minorRows, pair));
      expect(zero.latents.data.subarray(pair * 67, (pair + 1) * 67)).toEqual(row(ends.majorRows, pair));
    }
    const middle = await kernel.run(onePair([1, 2], [3, 5], { placement: { kind: 'fixed', minorWeight: 0.5 } }));
    expect([...middle.latents.data]).toEqual([2, 3.5]);
    const raised = await kernel.run(onePair([1, 2], [3, 5], { placement: { kind: 'fixed', minorWeight: 0.05 } }));
    expect(raised.minorWeight[0]).toBe(Math.fround(0.1));
    const clipped = [one, zero, middle, raised].map(({ clippedCount }) => clippedCount);
    expect(clipped).toEqual([0, 0, 0, 1]);
  });

  it('is defined at zero distances: 0/0 is ratio 1, x/0 the clip value on the side of gamma * pMax', async () => {
    const cases = [
      { abnormal: 0, normal: 0, gamma: -0.4, weight: 0.5, clipped: 0 },
      { abnormal: 0, normal: 0, gamma: 0.4, weight: 0.5, clipped: 0 },
      { abnormal: 0, normal: 2, gamma: -0.4, weight: 0.1, clipped: 1 },
      { abnormal: 0, normal: 2, gamma: 0.4, weight: 1, clipped: 1 },
      { abnormal: 0, normal: 2, gamma: 0, weight: 0.5, clipped: 0 },
      { abnormal: 2, normal: 0, gamma: -0.4, weight: 0.5, clipped: 0 },
      { abnormal: 1e-30, normal: 1e15, gamma: -0.4, weight: 0.1, clipped: 1 },
    ];
    for (const { abnormal, normal, gamma, weight, clipped } of cases) {
      const input = density(abnormal, normal, gamma);
      for (const { minorWeight, clippedCount } of [await kernel.run(input), extrapolateReference(input)]) {
        expect([Math.fround(minorWeight[0]), clippedCount]).toEqual([Math.fround(weight), clipped]);
      }
    }
  });

  it('is defined where rows lie on the boundary, on the mean, and with weights of zero', async () => {
    const boundary = { weights: Float32Array.of(1, 0), bias: 0 };
    const centroids = { minor: Float32Array.of(0, 1), major: Float32Array.of(2, 2) };
    const weightOf = async (minor: number[], major: number[], rest: Partial<ExtrapolateInput>) => {
      const input = onePair(minor, major, { boundary, centroids, ...rest });
      const { minorWeight } = await kernel.run(input);
      expect(minorWeight[0]).toBe(Math.fround(extrapolateReference(input).minorWeight[0]));
      return minorWeight[0];
    };
    const onBoundary = { placement: asymmetric('boundary') };
    expect(await weightOf([0, 1], [0, 2], onBoundary)).toBe(0.5);
    expect(await weightOf([0, 1], [-3, 2], onBoundary)).toBe(Math.fround(0.1));
    expect(await weightOf([5, 1], [0, 2], onBoundary)).toBe(0.5);
    const flat = { weights: new Float32Array(2), bias: 0.5 };
    expect(await weightOf([5, 1], [0, 2], { ...onBoundary, boundary: flat })).toBe(0.5);
    expect(await weightOf([5, 1], [0, 2], { ...onBoundary, boundary: { ...flat, bias: 0 } })).toBe(0.5);
    const onMean = { placement: asymmetric('centroid') };
    expect(await weightOf([0, 1], [2, 2], onMean)).toBe(0.5);
    expect(await weightOf([0, 1], [4, 2], onMean)).toBe(Math.fround(0.1));
    const crossing = { placement: { kind: 'crossing' } as const, pMin: 0 };
    expect(await weightOf([1, 0], [-3, 0], crossing)).toBe(0.75);
    expect(await weightOf([1, 0], [3, 0], crossing)).toBe(0.5);
    expect(await weightOf([0, 0], [0, 3], crossing)).toBe(0.5);
    expect(await weightOf([0, 0], [-3, 3], crossing)).toBe(1);
    expect(await weightOf([2, 0], [0, 3], crossing)).toBe(0);
    expect(await weightOf([2, 0], [0, 3], { ...crossing, pMin: 0.1 })).toBe(Math.fround(0.1));
  });

  it('puts a crossing where the classifier is undecided', async () => {
    const input = { ...makeInput(200, 64, { kind: 'crossing' }), pMin: 0 };
    const { latents, minorWeight } = await kernel.run(input);
    const value = (data: Float32Array, row: number) =>
      data.subarray(row * 64, (row + 1) * 64).reduce((sum, z, i) => sum + z * (input.boundary?.weights[i] ?? 0), 0.25);
    let cut = 0;
    for (let pair = 0; pair < 200; pair++) {
      const [minor, major] = [
        value(input.latents.data, input.minorRows[pair]),
        value(input.latents.data, input.majorRows[pair]),
      ];
      if (minor * major < 0) {
        cut++;
        // Latents and weights up to 1, 64 of them, right to some 2^-20 each.
        expect(Math.abs(value(latents.data, pair))).toBeLessThan(64 * 2 ** -20);
      } else expect(minorWeight[pair]).toBe(0.5);
    }
    expect(cut).toBeGreaterThan(50);
  });

  it('reads 1 - p right where p rounds to 1, and at logits 400 apart', async () => {
    const pairs = [
      [100, 99],
      [200.5, 200],
      [400, -400],
      [-400, 400],
      [0, 0],
      [30, 30],
      [-300, -301],
      [5, -300],
      [1e30, -1e30],
    ];
    const input: ExtrapolateInput = {
      ...makeInput(pairs.length, 3, asymmetric('probability', -0.2)),
      perPair: { minor: Float32Array.from(pairs, ([a]) => a), major: Float32Array.from(pairs, ([, b]) => b) },
    };
    const { minorWeight, clippedCount } = await kernel.run(input);
    expectReference(await kernel.run(input), input, 'saturated');
    // Both saturated: the ratio is e^(difference), far from 0/0.
    expect(Math.abs(minorWeight[0] - (0.5 - 0.1 * (Math.E - 1)))).toBeLessThan(1e-5);
    expect(Math.abs(minorWeight[1] - (0.5 - 0.1 * (Math.exp(0.5) - 1)))).toBeLessThan(1e-5);
    expect([...minorWeight.subarray(2)].map((p) => Math.abs(p - 0.1) < 1e-6)).toEqual([
      true,
      false,
      false,
      false,
      false,
      true,
      true,
    ]);
    expect([...minorWeight.subarray(3, 7)]).toEqual([0.5, 0.5, 0.5, 0.5]);
    expect(clippedCount).toBe(3);
  });

  it('follows a permutation of pairs, and a translation of latents and means', async () => {
    const input = makeInput(65, 4, asymmetric('centroid'));
    const first = await kernel.run(input);
    const turned = await kernel.run({
      ...input,
      minorRows: input.minorRows.toReversed(),
      majorRows: input.majorRows.toReversed(),
    });
    expect(turned.minorWeight.toReversed()).toEqual(first.minorWeight);
    // Multiples of 1/8 moved by 16: sums and differences are exact.
    const coarse = (data: Float32Array) => data.map((x) => Math.round(8 * x) / 8);
    const means = { minor: coarse(signed(4, 4)), major: coarse(signed(4, 5)) };
    const latents = { ...input.latents, data: coarse(input.latents.data) };
    const move = (data: Float32Array) => data.map((x) => x + 16);
    const here = await kernel.run({ ...input, latents, centroids: means });
    const there = await kernel.run({
      ...input,
      latents: { ...latents, data: move(latents.data) },
      centroids: { minor: move(means.minor), major: move(means.major) },
    });
    expect(there.minorWeight).toEqual(here.minorWeight);
  });

  it('does not depend on the scale of the boundary', async () => {
    const input = makeInput(100, 67, asymmetric('boundary'));
    const scaled = { weights: signed(67, 3).map((w) => 8 * w), bias: 2 };
    expect((await kernel.run({ ...input, boundary: scaled })).minorWeight).toEqual(
      (await kernel.run(input)).minorWeight,
    );
  });
});
