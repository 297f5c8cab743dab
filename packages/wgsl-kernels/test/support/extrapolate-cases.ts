import { expect } from 'vitest';
import { latentErrorBound, minorWeightErrorBounds } from '../../src/kernels/extrapolate/extrapolate.bounds.ts';
import type { DistanceReading, ExtrapolateInput, Placement } from '../../src/kernels/extrapolate/extrapolate.input.ts';
import { extrapolateReference } from '../../src/kernels/extrapolate/extrapolate.reference.ts';
import type { ExtrapolateOutput } from '../../src/kernels/extrapolate/extrapolate.ts';
import { makeMatrix, matrixKinds, uniform } from './cases.ts';
import { expectWithin } from './compare.ts';

const readings: readonly DistanceReading[] = ['boundary', 'centroid', 'probability', 'density'];

/** Equation (1). */
export const asymmetric = (reading: DistanceReading, gamma = -0.4, pMax = 0.5): Placement => ({
  kind: 'asymmetric',
  gamma,
  pMax,
  reading,
});
/** Every kind, and every reading with both signs. */
export const placements: readonly Placement[] = [
  { kind: 'fixed', minorWeight: 0.3 },
  { kind: 'crossing' },
  ...readings.map((reading) => asymmetric(reading)),
  ...readings.map((reading) => asymmetric(reading, 0.8)),
];

/** Numbers in [-scale, scale). */
export const signed = (count: number, seed: number, scale = 1) => uniform(count, seed).map((u) => (2 * u - 1) * scale);

/** Pairs over half as many rows, so that rows serve several pairs, and all that any placement reads. */
export function makeInput(pairCount: number, d: number, placement: Placement, kind = matrixKinds[0]): ExtrapolateInput {
  const n = Math.max(1, Math.ceil(pairCount / 2) + 3);
  const reading = placement.kind === 'asymmetric' ? placement.reading : undefined;
  const perPair = (seed: number) =>
    reading === 'density' ? uniform(pairCount, seed).map((u) => 5 * u) : signed(pairCount, seed, 12);
  return {
    latents: makeMatrix(n, d, n + d, kind),
    minorRows: Uint32Array.from({ length: pairCount }, (_, pair) => (pair * 7) % n),
    majorRows: Uint32Array.from({ length: pairCount }, (_, pair) => (pair * 11 + 1) % n),
    placement,
    pMin: 0.1,
    boundary: { weights: signed(d, 3), bias: 0.25 },
    centroids: { minor: signed(d, 4), major: signed(d, 5) },
    perPair: { minor: perPair(6), major: perPair(7) },
  };
}

/**
 * Every value lies within its derived bound, and as many pairs are clipped, but for those whose P
 * before the clip is within its bound of an end.
 */
export function expectReference(actual: ExtrapolateOutput, input: ExtrapolateInput, what: string): void {
  const expected = extrapolateReference(input);
  const { latents, minorRows, majorRows, pMin } = input;
  const { d } = latents;
  const errors = minorWeightErrorBounds(input, expected.minorWeight);
  expectWithin(actual.minorWeight, expected.minorWeight, (pair) => errors[pair], `${what}: P`);
  const bound = (at: number) => {
    const pair = Math.floor(at / d);
    const minor = latents.data[minorRows[pair] * d + (at % d)];
    const major = latents.data[majorRows[pair] * d + (at % d)];
    return latentErrorBound(minor, major, expected.minorWeight[pair], errors[pair]);
  };
  expectWithin(actual.latents.data, expected.latents.data, bound, `${what}: latents`);
  expect([actual.latents.n, actual.latents.d]).toEqual([minorRows.length, d]);
  const open = { ...input, pMin: 0 };
  const weights = extrapolateReference(open).minorWeight;
  const openErrors = minorWeightErrorBounds(open, weights);
  const inDoubt = weights.filter((p, pair) => Math.abs(p - pMin) <= openErrors[pair] || p >= 1 - openErrors[pair]);
  expect(Math.abs(actual.clippedCount - expected.clippedCount)).toBeLessThanOrEqual(inDoubt.length);
}

/** One pair of rows [minor, major] and what else a case needs. */
export function onePair(minor: number[], major: number[], rest: Partial<ExtrapolateInput>): ExtrapolateInput {
  return {
    latents: { data: Float32Array.from([...minor, ...major]), n: 2, d: minor.length },
    minorRows: Uint32Array.of(0),
    majorRows: Uint32Array.of(1),
    placement: asymmetric('density'),
    pMin: 0.1,
    ...rest,
  };
}

/** One pair at the distances given. */
export const density = (dAbnormal: number, dNormal: number, gamma: number, pMin = 0.1): ExtrapolateInput =>
  onePair([1, 2], [3, 5], {
    placement: asymmetric('density', gamma, 0.5),
    pMin,
    perPair: { minor: Float32Array.of(dAbnormal), major: Float32Array.of(dNormal) },
  });
