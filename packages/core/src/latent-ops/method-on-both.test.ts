import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { testDevice } from '../../../wgsl-kernels/test/support/device.ts';
import { madeUpLatents } from '../../test/support/made-up-latents.ts';
import { findClassPairs } from '../method/class-pairs.ts';
import { gatherRows, rowsByClass } from '../method/class-rows.ts';
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

let device: GPUDevice;
let gpu: LatentOps;
beforeAll(async () => {
  const host = await testDevice();
  device = host.device;
  gpu = createGpuLatentOps(host);
});
afterAll(() => gpu.dispose());

/** Everything that the method decides, from latents to the parents of new ones, by these operations. */
async function decisions(ops: LatentOps, reading: 'boundary' | 'centroid' | 'probability' | 'density', given = made) {
  const sizes = estimateSizes(classCounts, { minorRatio: 0.5 });
  const { pairs } = await findClassPairs({ ...given, sizes, distance: 'nearest', assignment: 'matching' }, ops);
  const classPairs = pairs.map(({ minor, major }) => ({ minor, major }));
  const prepared = await prepareLatents({ ...given, classPairs, anchor: 'major-anchored', reading }, ops);
  const withAccuracy = classPairs.map((pair, i) => ({ ...pair, accuracy: 0.6 + 0.2 * i }));
  const rounds = [];
  for (const arm of armNames) {
    const plan = planArm(arm, withAccuracy, schedule);
    for (let iteration = 0; iteration < 3; iteration++) {
      const { synthetic } = await runRound(
        {
          plan,
          iteration,
          seed: 7,
          prepared,
          head: given.head,
          logits: given.logits,
          options: { ...options, reading },
        },
        ops,
      );
      const { latents: placed, minorWeights, ...rows } = synthetic;
      rounds.push({ arm, iteration, ...rows, count: placed.n });
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

it('latents that are kept on the GPU lead to the same decisions, and are sent but once', async () => {
  const sentBy = async <T>(work: () => Promise<T>) => {
    const writes = vi.spyOn(device.queue, 'writeBuffer');
    const result = await work();
    const sent = writes.mock.calls.map(([, , data, , size]) => size ?? data.byteLength);
    writes.mockRestore();
    return { result, bytes: sent.reduce((sum, size) => sum + size, 0), largest: Math.max(...sent) };
  };
  // Class by class, as a split gives them.
  const order = Uint32Array.from(rowsByClass(made.labels, 5).flatMap((rows) => [...rows]));
  const sorted = {
    ...made,
    latents: gatherRows(made.latents, order),
    labels: order.map((row) => made.labels[row]),
    logits: gatherRows(made.logits, order),
  };
  const before = await sentBy(() => decisions(gpu, 'boundary', sorted));
  const keeping = await sentBy(() => gpu.keep(sorted.latents));
  expect(keeping.bytes).toBe(sorted.latents.data.byteLength);
  const after = await sentBy(() => decisions(gpu, 'boundary', { ...sorted, latents: keeping.result.matrix }));
  expect(after.result).toEqual(before.result);
  // Neither the rows of a class (20 at the least) nor those of the sample pairs: numbers of rows, and logits to rank.
  expect(before.largest).toBe(60 * 32 * 4);
  expect(after.largest).toBeLessThan(20 * 32 * 4);
  expect(keeping.bytes + after.bytes).toBeLessThan(before.bytes / 2);
  keeping.result.release();
  keeping.result.release();
});
