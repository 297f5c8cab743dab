import { describe, expect, it } from 'vitest';
import { lossArmNames, type RunConfigInput, runConfigSchema } from '../run/config.ts';
import { listReadings } from './readings.ts';

const config = runConfigSchema.parse({});

/** Options of the method that decide how much is done, not how the paper is read. */
const notReadings = ['arms', 'iterations', 'epochsPerIteration', 'selectionShare'];

describe('listReadings', () => {
  it('names every option of the method that reads the paper', () => {
    const listed = listReadings(config).map(({ option }) => option);
    for (const option of Object.keys(config.method)) {
      if (notReadings.includes(option)) continue;
      expect(listed).toContain(`method.${option}`);
    }
  });

  it('says something, and something else for every other choice', () => {
    for (const { value, meaning } of listReadings(config)) {
      expect(value).not.toMatch(/undefined|NaN|^$/);
      expect(meaning).not.toMatch(/undefined|^$/);
    }
    const choices = {
      classDistance: ['centroid', 'nearest'],
      assignment: ['closest', 'matching', 'fixed'],
      pairAccuracy: ['twoWay', 'tenWay'],
      samplePairs: ['major-anchored', 'minor-anchored'],
      placement: ['middle', 'crossing'],
      reading: ['boundary', 'centroid', 'probability', 'density'],
      separable: ['random', 'nothing'],
      algorithm2: ['relative', 'complement', 'inverse'],
      retraining: ['head', 'joint'],
    };
    for (const [option, values] of Object.entries(choices)) {
      const meanings = values.map((value) => {
        const parsed = runConfigSchema.parse({ method: { [option]: value } });
        const found = listReadings(parsed).find((reading) => reading.option === `method.${option}`);
        expect(found?.value).toBe(value);
        return found?.meaning;
      });
      expect(new Set(meanings).size).toBe(values.length);
    }
  });

  it('names every option of the losses where a run has their arms, and else none', () => {
    const listed = (arms: RunConfigInput['method']) =>
      listReadings(runConfigSchema.parse({ method: arms })).flatMap(({ option }) =>
        option.startsWith('losses.') ? [option.slice('losses.'.length)] : [],
      );
    expect(listed({ arms: [...lossArmNames] }).toSorted()).toEqual(Object.keys(config.losses).toSorted());
    expect(listed({})).toEqual([]);
    expect(listed({ arms: ['none', 'focal'] })).toEqual(['focalGamma']);
    expect(listed({ arms: ['class-weights'] })).toEqual(['classWeighting']);
    const effective = runConfigSchema.parse({
      losses: { classWeighting: 'effective' },
      method: { arms: ['class-weights'] },
    });
    expect(listReadings(effective).map(({ option }) => option)).toContain('losses.effectiveBeta');
  });

  it('lists classes and pairs given by hand', () => {
    const given = runConfigSchema.parse({
      method: { minors: ['cat', 'ship'], assignment: 'fixed', classPairs: [{ minor: 'cat', major: 'dog' }] },
    });
    const shown = (option: string) => listReadings(given).find((reading) => reading.option === option)?.value;
    expect(shown('method.minors')).toBe('cat, ship');
    expect(shown('method.minorRatio')).toBeUndefined();
    expect(shown('method.classPairs')).toBe('dog-cat');
  });

  it('shows the training that the iterations do, and no other', () => {
    const options = (retraining: 'head' | 'joint', schedule: 'cycle' | 'cyclePerIteration' | 'constant' = 'cycle') =>
      listReadings(runConfigSchema.parse({ method: { retraining }, joint: { schedule } }));
    expect(options('head').some(({ option }) => option.startsWith('joint.'))).toBe(false);
    expect(options('joint').some(({ option }) => option === 'head')).toBe(false);
    const meanings = (['cycle', 'cyclePerIteration', 'constant'] as const).map(
      (schedule) => options('joint', schedule).find(({ option }) => option === 'joint.schedule')?.meaning,
    );
    expect(new Set(meanings).size).toBe(3);
  });

  it("shows the paper's numbers", () => {
    const shown = (option: string) => listReadings(config).find((reading) => reading.option === option)?.value;
    expect(shown('method.gamma')).toBe('-0.4');
    expect(shown('method.tau')).toBe('0.7');
  });
});
