import { beforeAll, describe, expect, it } from 'vitest';
import { runTiny, timeless } from '../../test/support/tiny-run.ts';
import type { ImageDataset } from '../data/image-set.ts';
import { loadMiniCifar10 } from '../files/index.ts';
import { MemoryStore } from '../files/memory-store.ts';
import { requestAdapter } from '../host/node.ts';
import type { TrainingEngine } from '../training/engine.ts';
import { createOnnxEngine } from '../training/onnx/onnx-engine.ts';
import { createWgslEngine, type WgslEngine } from '../training/wgsl/wgsl-engine.ts';
import { type ArmName, lossArmNames, type RunConfigInput } from './config.ts';
import type { RunEvent } from './events.ts';

const tiny = {
  data: { source: 'mini', majorCount: 16, minorCount: 8, heldOutCount: 4, testCount: 8, minorClasses: ['cat', 'ship'] },
  backbone: { name: 'small', width: 0.125, epochs: 2, batchSize: 32, peakLearningRate: 0.05 },
  head: { batchSize: 32 },
  joint: { learningRate: 0.05 },
  losses: { ldamDeferral: 0.5 },
  method: { iterations: 2, epochsPerIteration: 2, minorRatio: 0.6, newShare: 0.5, arms: ['none', ...lossArmNames] },
} satisfies RunConfigInput;

let dataset: ImageDataset;
let onnx: TrainingEngine;
let wgsl: WgslEngine;
beforeAll(async () => {
  dataset = await loadMiniCifar10();
  onnx = await createOnnxEngine({ threads: 1 });
  wgsl = createWgslEngine(await requestAdapter({ kind: 'any' }));
});

const withArms = (arms: ArmName[], retraining: 'head' | 'joint' = 'head') => ({
  ...tiny,
  method: { ...tiny.method, arms, retraining },
});

describe('arms with another loss', () => {
  it('make no samples, train as long as none, and end in other classifiers, on both engines', async () => {
    const [cpu, gpu] = [
      await runTiny({ config: tiny, dataset, engine: onnx }),
      await runTiny({ config: tiny, dataset, engine: wgsl }),
    ];
    expect(wgsl.stats().liveBytes).toBe(0);
    const [none, ...others] = cpu.arms;
    for (const [i, arm] of others.entries()) {
      expect(arm.name).toBe(lossArmNames[i]);
      expect(arm.cost).toEqual(none.cost);
      expect(arm.meanMinorWeight).toEqual([null, null]);
      expect(arm.epochs).toHaveLength(4);
      expect(arm.evaluation, arm.name).not.toEqual(none.evaluation);
      // Sums of f32 in another order, and what some 20 steps make of them.
      for (const [epoch, { loss }] of arm.epochs.entries())
        expect(Math.abs(gpu.arms[i + 1].epochs[epoch].loss - loss), `${arm.name}, epoch ${epoch}`).toBeLessThan(1e-3);
    }
    // The weights of the classes come after half of the epochs.
    const margins = await runTiny({
      config: { ...withArms(['ldam-drw']), losses: { ldamDeferral: 1 } },
      dataset,
      engine: onnx,
    });
    const [ldam, unweighted] = [cpu.arms[3], margins.arms[0]];
    expect(ldam.epochs.slice(0, 2)).toEqual(unweighted.epochs.slice(0, 2));
    expect(ldam.epochs[2]).not.toEqual(unweighted.epochs[2]);
  });

  it('do not depend on the arms before them, nor on an interruption', async () => {
    const whole = await runTiny({ config: tiny, dataset, engine: onnx });
    const alone = await runTiny({ config: withArms(['logit-adjustment', 'none']), dataset, engine: onnx });
    expect(alone.arms).toEqual([whole.arms[5], whole.arms[0]]);
    const files = new MemoryStore();
    let sittings = 0;
    for (; sittings < 40; sittings++) {
      const stop = new AbortController();
      let steps = 0;
      const onEvent = (event: RunEvent) => {
        if (event.kind === 'progress' && event.stage === 'arms' && ++steps > 5) stop.abort(new Error('stopped'));
      };
      const given = { config: tiny, dataset, engine: onnx, files, onEvent, signal: stop.signal };
      const record = await runTiny({ ...given, resume: sittings > 0 }).catch((error: Error) => error.message);
      if (typeof record !== 'string') {
        expect(timeless(record)).toEqual(timeless(whole));
        break;
      }
      expect(record).toBe('stopped');
    }
    expect(sittings).toBeGreaterThan(2);
    expect(sittings).toBeLessThan(40);
  });

  it('train the whole network where retraining is joint', async () => {
    const config = withArms(['none', 'ldam-drw'], 'joint');
    const { arms } = await runTiny({ config, dataset, engine: onnx });
    expect(arms[1].epochs).toHaveLength(4);
    expect(arms[1].evaluation).not.toEqual(arms[0].evaluation);
    const gpu = await runTiny({ config, dataset, engine: wgsl });
    for (const [epoch, { loss }] of arms[1].epochs.entries())
      expect(Math.abs(gpu.arms[1].epochs[epoch].loss - loss), `epoch ${epoch}`).toBeLessThan(1e-3);
  });
});
