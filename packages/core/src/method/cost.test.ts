import type { PlacementSource } from '@csx/wgsl-kernels';
import { describe, expect, it } from 'vitest';
import { printedFormula } from '../../test/support/printed-formula.ts';
import {
  centroidDistanceFlop,
  headTrainingFlop,
  jointTrainingFlop,
  logitsFlop,
  logOddsFlop,
  nearestFlop,
  placementFlop,
  rankingFlop,
} from './cost.ts';
import { pairingFlop } from './pairing-cost.ts';
import { planArm } from './schedule.ts';

const file = new URL('./cost.ts', import.meta.url);

describe('counted operations', () => {
  const [n, m, M, d, c, p] = [7, 3, 4, 5, 6, 9];

  it('are what the documentation prints', () => {
    const printed = (before: string, names: readonly string[]) => printedFormula(file, before, names);
    expect(centroidDistanceFlop(n, d, m, M)).toBe(printed('each of M major ones: ', ['n', 'd', 'm', 'M'])(n, d, m, M));
    expect(nearestFlop(n, m, d)).toBe(printed('|b|^2 - 2 a.b`: ', ['n', 'm', 'd'])(n, m, d));
    expect(logitsFlop(n, d, c)).toBe(printed('a linear head: ', ['n', 'd', 'c'])(n, d, c));
    expect(logOddsFlop(n, c)).toBe(printed('rows of c logits: ', ['n', 'c'])(n, c));
    expect(rankingFlop(n, d, c)).toBe(printed('logits and log-odds, ', ['n', 'd', 'c'])(n, d, c));
    expect(jointTrainingFlop(n, p, m, d, c)).toBe(
      printed('on given latents too: ', ['i', 't', 'l', 'd', 'c'])(n, p, m, d, c),
    );
    expect(headTrainingFlop(n, m, d, c)).toBe(printed('linear head on latents: ', ['r', 's', 'd', 'c'])(n, m, d, c));
  });

  it.each(['fixed', 'crossing', 'boundary', 'centroid', 'probability', 'density'] as const)(
    'of the placement %s are what the documentation prints',
    (source: PlacementSource) => {
      const printed = printedFormula(file, `- ${source}: `, ['p', 'd', 'c']);
      expect(placementFlop(source, p, d, c)).toBe(printed(p, d, c));
      expect(placementFlop(source, 0, d, c)).toBe(0);
    },
  );

  it('count what plain loops do', () => {
    let count = 0;
    // Log-odds of n rows, operation by operation.
    for (let row = 0; row < n; row++) {
      for (let j = 0; j < c - 1; j++) count += 3; // z - largest, exp, add to the sum (the first onto 0)
      count += 3; // log, own - largest, - log
    }
    expect(logOddsFlop(n, c)).toBe(count);

    count = 0;
    for (let row = 0; row < n; row++) for (let k = 0; k < c; k++) for (let j = 0; j < d; j++) count += 2;
    expect(logitsFlop(n, d, c)).toBe(count);
    expect(rankingFlop(n, d, c)).toBe(count + logOddsFlop(n, c));
  });
});

describe('pairingFlop', () => {
  const classCounts = [10, 20, 30, 40];
  const sizes = { minors: [0, 1], majors: [2, 3] };
  const pairs = [
    { minor: 0, major: 2, accuracy: 0.6 },
    { minor: 1, major: 3, accuracy: 0.9 },
  ];
  const options = {
    iterations: 5,
    tau: 0.7,
    separable: 'nothing',
    overlapped: 'asymmetric',
    algorithm2: 'relative',
  } as const;
  const cost = (arm: 'none' | 'random' | 'asymmetric' | 'algorithm1' | 'algorithm2', over: object = {}) =>
    pairingFlop({
      plan: planArm(arm, pairs, options),
      classCounts,
      latentSize: 8,
      sizes,
      classSearch: 'none',
      reading: 'boundary',
      everyRound: false,
      ...over,
    });

  it('counts only the pairs that an arm extrapolates', () => {
    expect(cost('none')).toBe(0);
    expect(cost('none', { classSearch: 'nearest' })).toBe(0);
    expect(cost('random')).toBe(2 * 8 * (10 * 30 + 20 * 40));
    expect(cost('algorithm1')).toBe(2 * 8 * 10 * 30);
  });

  it('counts the search for class pairs', () => {
    expect(cost('random', { classSearch: 'centroid' }) - cost('random')).toBe(100 * 8 + 3 * 2 * 2 * 8);
    expect(cost('random', { classSearch: 'nearest' }) - cost('random')).toBe(
      2 * 8 * (10 * 30 + 10 * 40 + 20 * 30 + 20 * 40) + 3 * 8 * (10 + 10 + 20 + 20),
    );
  });

  it('counts sample pairs and readings in every round that a pair is extrapolated in, where latents move', () => {
    const moving = { everyRound: true, reading: 'centroid' };
    expect(cost('none', moving)).toBe(0);
    expect(cost('random', moving)).toBe(5 * cost('random'));
    expect(cost('asymmetric', moving)).toBe(5 * cost('asymmetric', { reading: 'centroid' }));
    // relative: 5 rounds for the pair at 0.6, round(5 * 0.1 / 0.4) = 1 for the one at 0.9; class pairs once.
    expect(cost('algorithm2', moving)).toBe(2 * 8 * (5 * 10 * 30 + 20 * 40) + 8 * (5 * 40 + 60));
    expect(cost('random', { everyRound: true, classSearch: 'centroid' }) - cost('random', { everyRound: true })).toBe(
      cost('random', { classSearch: 'centroid' }) - cost('random'),
    );
  });

  it('counts what the reading of an asymmetric arm needs, and of no other', () => {
    expect(cost('asymmetric')).toBe(cost('random'));
    expect(cost('asymmetric', { reading: 'centroid' }) - cost('random')).toBe(100 * 8);
    expect(cost('asymmetric', { reading: 'density' }) - cost('random')).toBe(2 * 8 * (100 + 400 + 900 + 1600));
    expect(cost('algorithm1', { reading: 'centroid' }) - cost('algorithm1')).toBe(40 * 8);
    expect(cost('random', { reading: 'density' })).toBe(cost('random'));
  });
});
