import { afterAll, beforeAll, expect, it } from 'vitest';
import { testDevice } from '../../../wgsl-kernels/test/support/device.ts';
import { madeUpLatents } from '../../test/support/made-up-latents.ts';
import { findClassPairs } from '../method/class-pairs.ts';
import { runRound } from '../method/extrapolation-round.ts';
import { prepareLatents } from '../method/prepare-latents.ts';
import { planArm } from '../method/schedule.ts';
import { estimateSizes } from '../method/sizes.ts';
import { armNames } from '../run/config.ts';
import { createCpuLatentOps } from './cpu-latent-ops.ts';
import { createGpuLatentOps } from './gpu-latent-ops.ts';
import type { LatentOps } from './latent-ops.ts';

const classCounts = [60, 20, 60, 20, 60];
const made = madeUpLatents(classCounts, 32);
const schedule = {
  iterations: 3,
  tau: 0.7,
  separable: 'random',
  overlapped: 'asymmetric',
  algorithm2: 'relative',
} as const;
const options = {
  selectionShare: 0.3,
  newShare: 0.5,
  placement: 'crossing',
  gamma: -0.4,
  pMax: 0.5,
  pMin: 0.1,
} as const;

let gpu: LatentOps;
beforeAll(async () => {
  gpu = createGpuLatentOps(await testDevice());
});
afterAll(() => gpu.dispose());

/** Everything that the method decides, from latents to the parents of new ones, by these operations. */
async function decisions(ops: LatentOps, reading: 'boundary' | 'centroid' | 'probability' | 'density') {
  const sizes = estimateSizes(classCounts, { minorRatio: 0.5 });
  const { pairs } = await findClassPairs({ ...made, sizes, distance: 'nearest', assignment: 'matching' }, ops);
  const classPairs = pairs.map(({ minor, major }) => ({ minor, major }));
  const prepared = await prepareLatents({ ...made, classPairs, anchor: 'major-anchored', reading }, ops);
  const withAccuracy = classPairs.map((pair, i) => ({ ...pair, accuracy: 0.6 + 0.2 * i }));
  const rounds = [];
  for (const arm of armNames) {
    const plan = planArm(arm, withAccuracy, schedule);
    for (let iteration = 0; iteration < 3; iteration++) {
      const { synthetic } = await runRound(
        { plan, iteration, seed: 7, prepared, head: made.head, logits: made.logits, options: { ...options, reading } },
        ops,
      );
      const { latents, minorWeights, ...rows } = synthetic;
      rounds.push({ arm, iteration, ...rows, count: latents.n });
    }
  }
  return { pairs, samplePairs: prepared.samplePairs, rounds };
}

it.each(['boundary', 'centroid', 'probability', 'density'] as const)(
  'the method decides the same on the gpu as on the cpu, reading %s',
  async (reading) => {
    const onCpu = await decisions(createCpuLatentOps(), reading);
    expect(onCpu.rounds.some(({ count }) => count > 0)).toBe(true);
    expect(await decisions(gpu, reading)).toEqual(onCpu);
  },
);
