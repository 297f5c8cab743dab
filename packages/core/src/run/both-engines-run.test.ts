import { type KernelDevice, NumericError } from '@csx/wgsl-kernels';
import { beforeAll, describe, expect, it } from 'vitest';
import { runTiny, timeless } from '../../test/support/tiny-run.ts';
import type { ImageDataset } from '../data/image-set.ts';
import { loadMiniCifar10 } from '../files/index.ts';
import { MemoryStore } from '../files/memory-store.ts';
import { requestAdapter } from '../host/node.ts';
import { createCpuLatentOps } from '../latent-ops/cpu-latent-ops.ts';
import { createGpuLatentOps } from '../latent-ops/gpu-latent-ops.ts';
import type { TrainingEngine } from '../training/engine.ts';
import { createOnnxEngine } from '../training/onnx/onnx-engine.ts';
import { createWgslEngine, type WgslEngine } from '../training/wgsl/wgsl-engine.ts';
import type { RunConfigInput } from './config.ts';
import type { RunRecord } from './record.ts';
import { readRecord } from './run-experiment.ts';

const tiny = {
  data: { source: 'mini', majorCount: 16, minorCount: 8, heldOutCount: 4, testCount: 8, minorClasses: ['cat', 'ship'] },
  backbone: { name: 'small', width: 0.125, epochs: 2, batchSize: 32, peakLearningRate: 0.05 },
  head: { batchSize: 32 },
  joint: { learningRate: 0.05 },
  method: { iterations: 2, epochsPerIteration: 2, minorRatio: 0.6, newShare: 0.5, arms: ['none', 'asymmetric'] },
} satisfies RunConfigInput;

let dataset: ImageDataset;
let onnx: TrainingEngine;
let wgsl: WgslEngine;
let host: KernelDevice;
beforeAll(async () => {
  dataset = await loadMiniCifar10();
  onnx = await createOnnxEngine({ threads: 1 });
  host = await requestAdapter({ kind: 'any' });
  wgsl = createWgslEngine(host);
});

async function run(
  engine: TrainingEngine,
  retraining: 'head' | 'joint',
  files = new MemoryStore(),
  resume = false,
): Promise<RunRecord> {
  // As the command line has it: latents that a GPU trains on are worked on there, too.
  const latentOps = engine.name === wgsl.name ? createGpuLatentOps(host) : createCpuLatentOps();
  const config = { ...tiny, method: { ...tiny.method, retraining } };
  const record = await runTiny({ config, dataset, engine, latentOps, files, resume });
  expect(await readRecord(files)).toEqual(record);
  latentOps.dispose();
  return record;
}

const pairsOf = ({ classPairs }: RunRecord) => classPairs.map(({ minor, major }) => `${minor}:${major}`);

/**
 * Losses of epochs, one after the other. Those of the first steps differ by roundings of f32 (sums of some hundred terms
 * in another order: 2^-24 sqrt(300) = 1e-6 of their size); each step passes that on a few per cent larger, and a ReLU or
 * a maximum that turns over adds its share: 1e-3 after some 30 steps leaves room for both, and is a hundredth of what an
 * epoch changes.
 */
function expectClose(got: RunRecord['backbone']['epochs'], expected: RunRecord['backbone']['epochs']): void {
  expect(got).toHaveLength(expected.length);
  expected.forEach(({ loss, learningRate }, epoch) => {
    expect(Math.abs((got[epoch]?.loss as number) - loss), `epoch ${epoch}`).toBeLessThan(1e-3);
    expect(got[epoch]?.learningRate).toBe(learningRate);
  });
}

describe.each(['head', 'joint'] as const)('a run with %s retraining', (retraining) => {
  it('ends in a record on the GPU engine, close to that of the CPU engine', async () => {
    const [cpu, gpu] = [await run(onnx, retraining), await run(wgsl, retraining)];
    expect(gpu.environment).toMatchObject({ trainingEngine: wgsl.name, latentOps: { kind: 'gpu' } });
    expect(wgsl.stats().liveBytes).toBe(0);
    expect(pairsOf(gpu)).toEqual(pairsOf(cpu));
    expectClose(gpu.backbone.epochs, cpu.backbone.epochs);
    for (const [i, arm] of cpu.arms.entries()) {
      const other = gpu.arms[i] as RunRecord['arms'][0];
      expectClose(other.epochs, arm.epochs);
      // The same rows in the same order, of which a few may lie on a boundary.
      for (const [epoch, { accuracy }] of arm.epochs.entries())
        expect(Math.abs(other.epochs[epoch].accuracy - accuracy), `epoch ${epoch}`).toBeLessThan(0.03);
      // A P that lies on its bound may be clipped by one of them alone.
      expect({ ...other.cost, clippedCount: 0 }).toEqual({ ...arm.cost, clippedCount: 0 });
      // A few of the 80 test images may lie on a boundary.
      expect(Math.abs(other.evaluation.accuracy - arm.evaluation.accuracy)).toBeLessThanOrEqual(0.05);
    }
  });
});

/** An engine whose heads know no learning rate in one of their epochs. */
const breakingIn = (broken: number, engine: TrainingEngine): TrainingEngine => ({
  ...engine,
  async compileHead(options) {
    const head = await engine.compileHead(options);
    let epoch = 0;
    return {
      batchSize: head.batchSize,
      setState: (state) => head.setState(state),
      getState: () => head.getState(),
      setLatents: (parts) => head.setLatents(parts),
      trainEpoch: (input) => head.trainEpoch(epoch++ === broken ? { ...input, learningRate: Number.NaN } : input),
      dispose: () => head.dispose(),
    };
  },
});

describe.each(['CPU', 'GPU'] as const)('a head on the %s engine', (kind) => {
  it('stops at a loss that is not finite, names the step, and goes on from the last checkpoint', async () => {
    const engine = kind === 'CPU' ? onnx : wgsl;
    const files = new MemoryStore();
    // In the second iteration of the first arm; what its first step makes of the weights, its second step sees.
    const error = await run(breakingIn(2, engine), 'head', files).catch((cause: unknown) => cause);
    expect(error).toBeInstanceOf(NumericError);
    expect((error as NumericError).message).toBe('classifier head: the loss is NaN in epoch 3, step 2');
    expect((error as NumericError).hint).toBe('lower --head-learning-rate');
    expect(await files.list()).toContain('checkpoint/arm-none.npz');
    const resumed = await run(engine, 'head', files, true);
    expect(timeless(resumed)).toEqual(timeless(await run(engine, 'head')));
  });
});
