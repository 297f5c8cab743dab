import { InvalidInputError, InvalidOptionError } from '@csx/wgsl-kernels';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { printedFormula } from '../../test/support/printed-formula.ts';
import { armNames } from '../run/config.ts';
import { actionAt, algorithm2Iterations, planArm, type ScheduleOptions } from './schedule.ts';

const options: ScheduleOptions = {
  iterations: 19,
  tau: 0.7,
  separable: 'random',
  overlapped: 'asymmetric',
  algorithm2: 'relative',
};
const accuracy = fc.double({ min: 0, max: 1, noNaN: true });
const accuracies = fc.array(accuracy, { minLength: 1, maxLength: 50 });
const formulas = ['relative', 'complement', 'inverse'] as const;
const pairsOf = (values: readonly number[]) =>
  values.map((value, i) => ({ minor: i, major: i + values.length, accuracy: value }));

describe('algorithm2Iterations', () => {
  it.each(formulas)('%s is the formula that is printed', (formula) => {
    const printed = printedFormula(
      new URL('./schedule.ts', import.meta.url),
      `- \`${formula}\`: `,
      ['iterations', 'acc', 'minAcc'],
      { 'min acc': 'minAcc' },
    );
    fc.assert(
      fc.property(accuracies, fc.integer({ min: 1, max: 100 }), (values, iterations) => {
        const hardest = Math.min(...values);
        const counts = algorithm2Iterations(values, iterations, formula);
        counts.forEach((count, i) => {
          const expected = printed(iterations, values[i], hardest);
          // 0/0 counts as 1, so the pair gets all iterations.
          expect(count).toBe(Number.isNaN(expected) ? iterations : expected);
        });
      }),
    );
  });

  it.each(formulas)('%s falls with the accuracy and stays within the iterations', (formula) => {
    fc.assert(
      fc.property(accuracies, fc.integer({ min: 1, max: 100 }), (values, iterations) => {
        const counts = algorithm2Iterations(values, iterations, formula);
        for (const count of counts) {
          expect(Number.isInteger(count)).toBe(true);
          expect(count).toBeGreaterThanOrEqual(0);
          expect(count).toBeLessThanOrEqual(iterations);
        }
        const order = values.map((_, i) => i).sort((a, b) => values[a] - values[b]);
        for (let i = 1; i < order.length; i++) expect(counts[order[i]]).toBeLessThanOrEqual(counts[order[i - 1]]);
      }),
    );
  });

  it('gives the hardest pair all iterations, and no division by zero anywhere', () => {
    expect(algorithm2Iterations([0.5, 0.75, 1], 20, 'relative')).toEqual([20, 10, 1]);
    expect(algorithm2Iterations([0.5, 0.75, 1], 20, 'complement')).toEqual([10, 5, 0]);
    expect(algorithm2Iterations([0.5, 0.75, 1], 20, 'inverse')).toEqual([20, 13, 10]);
    expect(algorithm2Iterations([1, 1], 20, 'relative')).toEqual([20, 20]);
    expect(algorithm2Iterations([1, 1], 20, 'complement')).toEqual([0, 0]);
    expect(algorithm2Iterations([0, 0], 20, 'inverse')).toEqual([20, 20]);
    expect(algorithm2Iterations([0, 0.5], 20, 'inverse')).toEqual([20, 0]);
    expect(algorithm2Iterations([], 20, 'relative')).toEqual([]);
  });
});

describe('planArm', () => {
  const pairs = pairsOf([0.7, 0.71, 0.9, 0.3, 1]);

  it.each(['random', 'top', 'bottom', 'asymmetric'] as const)('%s treats all pairs alike in all iterations', (arm) => {
    const plan = planArm(arm, pairs, options);
    expect(plan.arm).toBe(arm);
    expect(plan.pairs.map(({ pair }) => pair)).toEqual(pairs.map(({ minor, major }) => ({ minor, major })));
    for (const pair of plan.pairs) for (let i = 0; i < 19; i++) expect(actionAt(pair, i)).toBe(arm);
    expect(actionAt(plan.pairs[0], 19)).toBe('none');
  });

  it('none does nothing', () => {
    for (const pair of planArm('none', pairs, options).pairs)
      for (let i = 0; i < 19; i++) expect(actionAt(pair, i)).toBe('none');
  });

  it('Algorithm 1 biases pairs up to tau, and gives the others random or nothing', () => {
    const actions = (over: Partial<ScheduleOptions>) =>
      planArm('algorithm1', pairs, { ...options, ...over }).pairs.map((pair) => actionAt(pair, 18));
    expect(actions({})).toEqual(['asymmetric', 'random', 'random', 'asymmetric', 'random']);
    expect(actions({ separable: 'nothing' })).toEqual(['asymmetric', 'none', 'none', 'asymmetric', 'none']);
    expect(actions({ overlapped: 'bottom' })).toEqual(['bottom', 'random', 'random', 'bottom', 'random']);
    expect(actions({ tau: 0 })).toEqual(['random', 'random', 'random', 'random', 'random']);
    expect(actions({ tau: 1 })).toEqual(new Array(5).fill('asymmetric'));
  });

  it("Algorithm 1 leaves the paper's two pairs overlapped at accuracies that fit its text", () => {
    const plan = planArm('algorithm1', pairsOf([0.95, 0.9, 0.7, 0.85, 0.6]), options);
    expect(plan.pairs.map(({ action }) => action)).toEqual(['random', 'random', 'asymmetric', 'random', 'asymmetric']);
  });

  it('Algorithm 2 gives a pair its first iterations', () => {
    fc.assert(
      fc.property(accuracies, fc.constantFrom(...formulas), (values, algorithm2) => {
        const plan = planArm('algorithm2', pairsOf(values), { ...options, algorithm2 });
        const counts = algorithm2Iterations(values, 19, algorithm2);
        plan.pairs.forEach((pair, p) => {
          for (let i = 0; i < 19; i++) expect(actionAt(pair, i)).toBe(i < counts[p] ? 'asymmetric' : 'none');
        });
      }),
      { numRuns: 50 },
    );
  });

  it('knows every arm of the configuration, with no pairs too', () => {
    for (const arm of armNames) expect(planArm(arm, [], options)).toEqual({ arm, pairs: [] });
  });

  it.each([-0.1, 1.1, Number.NaN])('refuses the accuracy and the tau %d', (bad) => {
    expect(() => planArm('algorithm1', pairsOf([bad]), options)).toThrow(InvalidInputError);
    expect(() => planArm('algorithm1', pairs, { ...options, tau: bad })).toThrow(InvalidOptionError);
  });

  it('refuses iterations that are none, and unknown words', () => {
    for (const iterations of [0, 1.5, Number.NaN])
      expect(() => planArm('random', pairs, { ...options, iterations })).toThrow(InvalidOptionError);
    expect(() => planArm('botom' as 'bottom', pairs, options)).toThrow(InvalidOptionError);
    expect(() => planArm('algorithm2', pairs, { ...options, algorithm2: 'linear' as 'relative' })).toThrow(
      InvalidOptionError,
    );
    expect(() => planArm('algorithm1', pairs, { ...options, separable: 'none' as 'nothing' })).toThrow(
      InvalidOptionError,
    );
    expect(() => planArm('algorithm1', pairs, { ...options, overlapped: 'none' as 'random' })).toThrow(
      InvalidOptionError,
    );
  });
});
