import { readFileSync } from 'node:fs';
import { softmaxCrossEntropyReference } from '@csx/wgsl-kernels';
import { describe, expect, it } from 'vitest';
import { runConfigSchema } from '../run/config.ts';
import { classOffsetsOf } from '../training/check-loss-options.ts';
import { lossAt, lossPhases, plainLoss } from './arm-loss.ts';
import { type ArmName, armNames, isLossArm, makesSamples } from './arm-names.ts';

interface Oracle {
  readonly classCounts: readonly number[];
  readonly minors: readonly number[];
  readonly epochCount: number;
  readonly logits: readonly number[];
  readonly labels: readonly number[];
  readonly cases: readonly {
    readonly arm: ArmName;
    readonly losses: object;
    readonly epoch: number;
    readonly loss: number;
    readonly gradient: readonly number[];
  }[];
}

/** Made by packages/core/scripts/losses-oracle.py with torch. */
const oracle = JSON.parse(
  readFileSync(new URL('../../test/fixtures/losses-oracle.json', import.meta.url), 'utf8'),
) as Oracle;
const classCount = oracle.classCounts.length;
const defaults = runConfigSchema.parse({}).losses;
const phasesOf = (arm: ArmName, losses: object = {}) =>
  lossPhases(arm, {
    classCounts: oracle.classCounts,
    minors: oracle.minors,
    epochCount: oracle.epochCount,
    losses: { ...defaults, ...losses },
  });

describe('losses of the arms', () => {
  it.each(oracle.cases.map((one) => [`${one.arm}, ${JSON.stringify(one.losses)}`, one] as const))(
    'torch gives the same loss and gradient: %s',
    (_, { arm, losses, epoch, loss, gradient }) => {
      const options = lossAt(phasesOf(arm, losses), epoch);
      const result = softmaxCrossEntropyReference({
        ...options,
        classOffsets: classOffsetsOf(options),
        logits: { data: Float64Array.from(oracle.logits), n: oracle.labels.length, d: classCount },
        labels: Uint32Array.from(oracle.labels),
      });
      // Weights, margins and offsets are rounded to f32, 2^-24, and a scale of 30 makes more of it.
      const tolerance = 30 * 30 * 2 ** -24;
      expect(Math.abs(result.loss - loss)).toBeLessThan(tolerance * Math.abs(loss));
      for (const [at, value] of gradient.entries())
        expect(Math.abs(result.logitsGradient[at] - value), `gradient ${at}`).toBeLessThan(tolerance);
      expect(Math.max(...gradient.map(Math.abs))).toBeGreaterThan(100 * tolerance);
    },
  );

  it('an arm without a loss of its own trains with the plain one, the same object', () => {
    for (const arm of armNames) {
      const loss = lossAt(phasesOf(arm), 3);
      if (isLossArm(arm)) expect(loss, arm).not.toEqual(plainLoss);
      else expect(loss, arm).toBe(plainLoss);
      expect(lossAt(phasesOf(arm), 0)).toEqual(phasesOf(arm)[0].loss);
    }
  });

  it('class weights of ldam-drw come after their share of the epochs', () => {
    const phases = phasesOf('ldam-drw', { ldamDeferral: 0.75 });
    const weighted = Array.from({ length: 10 }, (_, epoch) => lossAt(phases, epoch).classWeights !== undefined);
    expect(weighted).toEqual([...Array(8).fill(false), true, true]);
    expect(lossAt(phases, 0)).toBe(lossAt(phases, 7));
    expect(lossAt(phasesOf('ldam-drw', { ldamDeferral: 0 }), 0).classWeights).toBeDefined();
    expect(lossAt(phasesOf('ldam-drw', { ldamDeferral: 1 }), 9).classWeights).toBeUndefined();
  });

  it('makes samples in the arms that extrapolate, and in no other', () => {
    expect(armNames.filter(makesSamples)).toEqual([
      'random',
      'top',
      'bottom',
      'asymmetric',
      'algorithm1',
      'algorithm2',
    ]);
  });
});
