import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import * as tf from '@tensorflow/tfjs';
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { runTiny, type TinyRun, timeless } from '../../test/support/tiny-run.ts';
import { modelFromFiles } from '../backbone/model-files.ts';
import type { ImageDataset } from '../data/image-set.ts';
import { loadMiniCifar10 } from '../files/index.ts';
import { MemoryStore } from '../files/memory-store.ts';
import { readNpz } from '../files/npz.ts';
import type { TrainingEngine } from '../training/engine.ts';
import { linearLogits } from '../training/linear-logits.ts';
import { createOnnxEngine } from '../training/onnx/onnx-engine.ts';
import type { RunConfigInput } from './config.ts';
import type { RunEvent } from './events.ts';
import { readRecord } from './run-experiment.ts';
import { csxVersion } from './version.ts';

const tiny: RunConfigInput = {
  data: { source: 'mini', majorCount: 24, minorCount: 8, heldOutCount: 6, testCount: 12 },
  backbone: { name: 'small', width: 0.125, epochs: 2, batchSize: 32 },
  head: { batchSize: 32 },
  method: { iterations: 3, epochsPerIteration: 2, arms: ['none', 'random', 'bottom', 'asymmetric', 'algorithm2'] },
};

let dataset: ImageDataset;
let engine: TrainingEngine;

beforeAll(async () => {
  dataset = await loadMiniCifar10();
  engine = await createOnnxEngine({ threads: 2 });
});
afterEach(() => vi.restoreAllMocks());

const run = (given: Partial<TinyRun> = {}) => runTiny({ config: tiny, dataset, engine, ...given });

/** Files of a process that may be killed: it writes nothing after that, not even what an error would have it write. */
class MortalStore extends MemoryStore {
  isAlive = true;

  override async write(name: string, bytes: Uint8Array): Promise<void> {
    if (!this.isAlive) throw new Error('killed');
    await super.write(name, bytes);
  }
}

describe('a run', () => {
  it('ends in a record, a report, models and synthetic latents that belong together', async () => {
    const files = new MemoryStore();
    const stages: string[] = [];
    const record = await run({ files, onEvent: (event) => event.kind === 'stage' && stages.push(event.stage) });
    expect(stages).toEqual(['data', 'backbone', 'projection', 'pairing', 'arms', 'evaluation', 'report']);
    expect(await readRecord(files)).toEqual(record);
    expect(record.data.classCounts).toEqual([24, 8, 8, 8, 8, 24, 24, 24, 8, 24]);
    expect(record.classPairs).toHaveLength(5);
    const byName = new Map(record.arms.map((arm) => [arm.name, arm]));
    expect(byName.get('none')?.cost).toMatchObject({
      pairingFlop: 0,
      rankingFlop: 0,
      placementFlop: 0,
      syntheticCount: 0,
    });
    // round(0.1 * 8) = 1 latent for each of 5 pairs in each of 3 iterations.
    expect(byName.get('asymmetric')?.cost.syntheticCount).toBe(15);
    // All 24 rows of the major class of each pair.
    expect(record.timing.pairingSearches).toEqual({ queryCount: 120, recomputedCount: 0 });
    // Every arm trains the same number of epochs.
    for (const arm of record.arms) expect(arm.loss).toHaveLength(3);

    const names = await files.list();
    expect(names).toContain('report.html');
    expect(names.filter((name) => name.startsWith('checkpoint/'))).toEqual(['checkpoint/run.json']);
    const latents = readNpz((await files.read('latents.npz')) as Uint8Array, 'latents.npz');
    const synthetic = readNpz((await files.read('synthetic/asymmetric.npz')) as Uint8Array, 'asymmetric');
    checkBlend(latents.get('train')?.data as Float32Array, synthetic);
  });

  it('saves models that give the logits which the record was made from', async () => {
    await tf.setBackend('cpu');
    const files = new MemoryStore();
    const record = await run({ files });
    const latents = readNpz((await files.read('latents.npz')) as Uint8Array, 'latents.npz');
    const test = latents.get('test');
    const [n = 0, d = 0] = test?.shape ?? [];
    const head = await modelFromFiles((name) => files.read(`models/heads/asymmetric/${name}`));
    const predicted = head.predict(tf.tensor(test?.data as Float32Array, [n, d])) as tf.Tensor;
    const labels = latents.get('testLabels')?.data as Uint32Array;
    const classes = predicted.argMax(1).dataSync();
    const correct = labels.filter((label, row) => classes[row] === label).length;
    expect(correct / n).toBeCloseTo(
      record.arms.find((arm) => arm.name === 'asymmetric')?.evaluation.accuracy as number,
      10,
    );
    const backbone = await modelFromFiles((name) => files.read(`models/backbone/${name}`));
    expect(backbone.inputs[0]?.shape).toEqual([null, 32, 32, 3]);
  });

  it('leaves no tensors behind: many runs may follow each other in one process', async () => {
    await tf.setBackend('cpu');
    await run();
    const before = tf.memory().numTensors;
    await run();
    expect(tf.memory().numTensors).toBe(before);
  });

  it('gives the same record twice, and another with another seed', async () => {
    const [a, b, c] = [await run(), await run(), await run({ config: { ...tiny, seed: 1 } })];
    expect(timeless(b)).toEqual(timeless(a));
    expect(c.data.splitHash).not.toBe(a.data.splitHash);
  });

  it('ends in the same record when it was interrupted at any stage', async () => {
    const whole = await run();
    const files = new MemoryStore();
    let sittings = 0;
    let seen = 0;
    // Every sitting is stopped after a few more steps of progress than the last one.
    for (;;) {
      const stop = new AbortController();
      let steps = 0;
      const onEvent = (event: RunEvent) => {
        if (event.kind === 'progress' && ++steps > 4 + sittings) stop.abort(new Error('stopped'));
      };
      try {
        const record = await run({ files, resume: sittings > 0, signal: stop.signal, onEvent });
        expect(timeless(record)).toEqual(timeless(whole));
        expect(record.timing.resumedCount).toBe(sittings);
        break;
      } catch (error) {
        expect((error as Error).message).toBe('stopped');
        sittings++;
        seen++;
      }
      expect(seen).toBeLessThan(40);
    }
    expect(sittings).toBeGreaterThan(2);
    // A finished run is returned, not run again.
    expect(timeless(await run({ files, resume: true }))).toEqual(timeless(whole));
  });

  it('keeps the time and memory of sittings that were killed, up to their last checkpoints', async () => {
    let now = 0;
    vi.spyOn(performance, 'now').mockImplementation(() => {
      now += 1000;
      return now;
    });
    const files = new MortalStore();
    // Before the first checkpoint, after those of the first epochs, and so on.
    for (const [sitting, stage] of ['backbone', 'projection', 'arms', 'evaluation'].entries()) {
      const onEvent = (event: RunEvent) => {
        if (event.kind === 'stage' && event.stage === stage) files.isAlive = false;
      };
      const peakMemoryBytes = 4000 - 1000 * sitting;
      await expect(run({ files, resume: sitting > 0, onEvent, peakMemoryBytes })).rejects.toThrow('killed');
      files.isAlive = true;
    }
    const { timing } = await run({ files, resume: true });
    expect(timing.resumedCount).toBe(4);
    const { backboneMs, projectionMs, pairingMs, arms, totalMs } = timing;
    const armsMs = Object.values(arms).reduce((sum, { latentOpsMs, trainingMs }) => sum + latentOpsMs + trainingMs, 0);
    expect(totalMs).toBeGreaterThanOrEqual(backboneMs + projectionMs + pairingMs + armsMs);
    expect(totalMs).toBeLessThan(now);
    expect(timing.peakMemoryBytes).toBe(3000);
  });

  it('refuses a directory that holds a run, and to resume one with other options', async () => {
    const files = new MemoryStore();
    await run({ files });
    await expect(run({ files })).rejects.toThrow(/memory holds a run already/);
    const other = { ...tiny, method: { ...tiny.method, gamma: -0.8 } };
    await expect(run({ files, config: other, resume: true })).rejects.toThrow(
      /config\.method\.gamma is -0\.4 there, -0\.8 here/,
    );
  });

  it('refuses what does not go together before it trains, and writes nothing', async () => {
    const method = tiny.method;
    const bad: [RunConfigInput, RegExp][] = [
      [{ ...tiny, method: { ...method, minors: ['unicorn'] } }, /no class is called unicorn/],
      [{ ...tiny, data: { ...tiny.data, minorClasses: ['unicorn'] } }, /unicorn/],
      [{ ...tiny, data: { ...tiny.data, minorCount: 24 } }, /no minor|minor class/i],
      [{ ...tiny, data: { ...tiny.data, majorCount: 100_000 } }, /100000/],
      [{ ...tiny, method: { ...method, assignment: 'fixed' } }, /no pairs are given/],
      [
        { ...tiny, method: { ...method, assignment: 'fixed', classPairs: [{ minor: 'dog', major: 'cat' }] } },
        /dog:cat/,
      ],
    ];
    for (const [config, message] of bad) {
      const files = new MemoryStore();
      await expect(run({ config, files }), String(message)).rejects.toThrow(message);
      expect(await files.list()).toEqual([]);
    }
  });
});

it('knows its own version', () => {
  const file = fileURLToPath(new URL('../../package.json', import.meta.url));
  expect(csxVersion).toBe((JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version);
});

it('computes logits as the definition says', () => {
  const head = new Map([
    ['classifier/kernel', Float32Array.of(1, 2, 3, 4)],
    ['classifier/bias', Float32Array.of(10, 20)],
  ]);
  // [1, 0] and [5, -1] times [[1, 2], [3, 4]] plus [10, 20]
  expect([...linearLogits({ data: Float32Array.of(1, 0, 5, -1), n: 2, d: 2 }, head).data]).toEqual([11, 22, 12, 26]);
});

/** Every synthetic latent is P * minor parent + (1 - P) * major parent, within two roundings of f32. */
function checkBlend(real: Float32Array, synthetic: ReturnType<typeof readNpz>): void {
  const array = (name: string) => synthetic.get(name)?.data as Float32Array;
  const [n = 0, d = 0] = synthetic.get('latents')?.shape ?? [];
  expect(n).toBe(15);
  for (let row = 0; row < n; row++) {
    const p = array('minorWeights')[row] as number;
    expect(p).toBeGreaterThanOrEqual(Math.fround(0.1));
    expect(p).toBeLessThanOrEqual(0.5);
    for (let k = 0; k < d; k++) {
      const [minor, major] = ['minorRows', 'majorRows'].map(
        (name) => real[(array(name)[row] as number) * d + k] as number,
      ) as [number, number];
      const bound = 2 ** -21 * (Math.abs(minor) + Math.abs(major));
      expect(Math.abs((array('latents')[row * d + k] as number) - (p * minor + (1 - p) * major))).toBeLessThanOrEqual(
        bound,
      );
    }
  }
}
