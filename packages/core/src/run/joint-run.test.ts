import { createHash } from 'node:crypto';
import { NumericError } from '@csx/wgsl-kernels';
import * as tf from '@tensorflow/tfjs';
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { runTiny, type TinyRun, timeless } from '../../test/support/tiny-run.ts';
import { modelFromFiles } from '../backbone/model-files.ts';
import type { ImageDataset } from '../data/image-set.ts';
import { channelStatistics, standardizationTable, writeChannelsLast } from '../data/standardize.ts';
import { loadMiniCifar10 } from '../files/index.ts';
import { MemoryStore } from '../files/memory-store.ts';
import { readNpz } from '../files/npz.ts';
import { nearestFlop } from '../method/cost.ts';
import type { PixelBatch, TrainBatch, TrainingEngine, TrainStepOptions } from '../training/engine.ts';
import { createOnnxEngine } from '../training/onnx/onnx-engine.ts';
import { type RunConfigInput, runConfigSchema } from './config.ts';
import type { RunEvent } from './events.ts';
import { jointRate } from './joint-rate.ts';
import { jointLatentBatchSize } from './joint-retraining.ts';
import type { RunRecord } from './record.ts';

const tiny = {
  data: { source: 'mini', majorCount: 16, minorCount: 8, heldOutCount: 4, testCount: 8, minorClasses: ['cat', 'ship'] },
  backbone: { name: 'small', width: 0.125, epochs: 1, batchSize: 32 },
  method: {
    retraining: 'joint',
    iterations: 3,
    epochsPerIteration: 2,
    minorRatio: 0.6,
    newShare: 0.5,
    arms: ['none', 'random', 'asymmetric'],
  },
} satisfies RunConfigInput;
const stepsPerEpoch = Math.floor((8 * 16 + 2 * 8) / 32);

let dataset: ImageDataset;
let engine: TrainingEngine;

beforeAll(async () => {
  dataset = await loadMiniCifar10();
  engine = await createOnnxEngine({ threads: 2 });
});
afterEach(() => vi.restoreAllMocks());

const run = (given: Partial<TinyRun> = {}) => runTiny({ config: tiny, dataset, engine, ...given });
const armOf = (record: RunRecord, name: string) => record.arms.find((arm) => arm.name === name) as RunRecord['arms'][0];

/** What a training step took: its images and labels as a hash. */
interface SeenBatch {
  readonly images: string;
  readonly learningRate: number;
  readonly latents: number[];
  readonly latentLabels: number[];
}

/** The engine, with every batch that its training steps take written down, and changed where a test wants that. */
function watchedEngine(seen: SeenBatch[], change = (batch: TrainBatch, _index: number) => batch): TrainingEngine {
  return {
    ...engine,
    async compileTrainStep(graph, options) {
      const step = await engine.compileTrainStep(graph, options);
      const { run: original } = step;
      step.run = (batch) => {
        const { inputs, labels, learningRate, latents } = batch;
        const { pixels, rows, epoch } = inputs as PixelBatch;
        const images = createHash('sha256')
          .update(pixels)
          .update(Uint32Array.of(...rows, epoch))
          .update(labels)
          .digest('hex');
        seen.push({
          images,
          learningRate,
          latents: [...(latents?.data ?? [])],
          latentLabels: [...(latents?.labels ?? [])],
        });
        return original.call(step, change(batch, seen.length - 1));
      };
      return step;
    },
  };
}

describe('joint retraining', () => {
  it('trains every arm on the same images, and on all of its synthetic latents once an epoch', async () => {
    const seen: SeenBatch[] = [];
    const record = await run({ engine: watchedEngine(seen) });
    expect(seen).toHaveLength(stepsPerEpoch * (1 + 3 * 6));
    const epochs = Array.from({ length: 1 + 3 * 6 }, (_, e) => seen.slice(e * stepsPerEpoch, (e + 1) * stepsPerEpoch));
    const [none, random, asymmetric] = [0, 1, 2].map((arm) => epochs.slice(1 + 6 * arm, 7 + 6 * arm));
    const imagesOf = (arm: SeenBatch[][]) => arm.flat().map(({ images, learningRate }) => [images, learningRate]);
    for (const arm of [random, asymmetric]) {
      expect(imagesOf(arm)).toEqual(imagesOf(none));
      arm.forEach((epoch, e) => {
        // round(0.5 * 8) = 4 latents for each of cat (3) and ship (8) and each round so far.
        const perClass = 4 * (1 + Math.floor(e / 2));
        const labels = epoch.flatMap(({ latentLabels }) => latentLabels);
        expect(labels.filter((label) => label === 3)).toHaveLength(perClass);
        expect(labels.filter((label) => label === 8)).toHaveLength(perClass);
        expect(labels).toHaveLength(2 * perClass);
        const counts = epoch.map(({ latentLabels }) => latentLabels.length);
        expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1);
      });
      // Within an iteration the latents stay, in another order; in the next, the old ones have moved too.
      const values = arm.map((epoch) => epoch.flatMap(({ latents }) => latents));
      const kept = (a: number[], b: number[]) => a.filter((value) => value !== 0 && b.includes(value)).length;
      expect([...values[1]].sort()).toEqual([...values[0]].sort());
      expect(values[1]).not.toEqual(values[0]);
      expect(kept(values[1], values[2])).toBe(0);
    }
    expect(none.flat().flatMap(({ latents }) => latents)).toEqual([]);
    // An epoch goes on in the order of the whole training: none repeats another.
    expect(new Set([...epochs[0], ...none.flat()].map(({ images }) => images)).size).toBe(stepsPerEpoch * 7);
    for (const arm of record.arms) {
      expect(arm.epochs).toHaveLength(6);
      expect(arm.loss).toEqual([1, 3, 5].map((e) => arm.epochs[e].loss));
    }
  });

  it('has all images mirrored and moved as the run says', async () => {
    const asked: TrainStepOptions[] = [];
    const listening: TrainingEngine = {
      ...engine,
      compileTrainStep: (graph, options) => {
        asked.push(options);
        return engine.compileTrainStep(graph, options);
      },
    };
    const config = { ...tiny, seed: 7, backbone: { ...tiny.backbone, flip: false, shift: 2 } };
    const record = await run({ config, engine: listening });
    // The first epochs, and the arms.
    expect(asked.map(({ augmentation }) => augmentation)).toEqual(Array(2).fill({ flip: false, shift: 2, seed: 7 }));
    const still = await run({ config: { ...config, backbone: { ...config.backbone, shift: 0 } } });
    expect(still.backbone.epochs).not.toEqual(record.backbone.epochs);
  });

  it('ends in models and synthetic latents that give the record', async () => {
    await tf.setBackend('cpu');
    const files = new MemoryStore();
    const stages: string[] = [];
    const record = await run({ files, onEvent: (event) => event.kind === 'stage' && stages.push(event.stage) });
    expect(stages).toEqual(['data', 'backbone', 'projection', 'pairing', 'arms', 'evaluation', 'report']);
    const split = JSON.parse(new TextDecoder().decode((await files.read('split.json')) as Uint8Array));
    const rowsOf = (part: 'train' | 'test') =>
      Uint32Array.from(dataset.classNames.flatMap((name) => split[part][name] as number[]));
    const [train, test] = [rowsOf('train'), rowsOf('test')];
    const table = standardizationTable(channelStatistics(dataset.train, train));
    const pixels = (images: ImageDataset['train'], rows: Uint32Array) => {
      const values = new Float32Array(rows.length * 3072);
      writeChannelsLast({ images, rows, table }, values);
      return tf.tensor(values, [rows.length, 32, 32, 3]);
    };
    for (const arm of ['none', 'asymmetric']) {
      const model = await modelFromFiles((name) => files.read(`models/networks/${arm}/${name}`));
      const classes = (model.predict(pixels(dataset.test, test)) as tf.Tensor).argMax(1).dataSync();
      const correct = test.filter((row, i) => classes[i] === dataset.test.labels[row]).length;
      expect(correct / test.length).toBeCloseTo(armOf(record, arm).evaluation.accuracy, 10);
      if (arm === 'none') continue;
      // Synthetic latents lie between their parents as the last network sees these.
      const toLatent = tf.model({
        inputs: model.inputs,
        outputs: model.getLayer('latent').output as tf.SymbolicTensor,
      });
      const latents = toLatent.predict(pixels(dataset.train, train)) as tf.Tensor2D;
      const [, d] = latents.shape;
      const z = latents.dataSync();
      const synthetic = readNpz((await files.read(`synthetic/${arm}.npz`)) as Uint8Array, arm);
      const array = (name: string) => synthetic.get(name)?.data as Float32Array;
      expect(array('labels')).toHaveLength(24);
      array('minorWeights').forEach((p, row) => {
        const [minor, major] = [array('minorRows')[row], array('majorRows')[row]];
        for (let k = 0; k < d; k++) {
          const expected = p * z[minor * d + k] + (1 - p) * z[major * d + k];
          expect(Math.abs(array('latents')[row * d + k] - expected)).toBeLessThan(1e-4);
        }
      });
    }
    expect(await files.list()).not.toContain('models/heads/none/model.json');
    // The paper's own control is the network that every arm began with.
    expect(record.control).not.toEqual(armOf(record, 'none').evaluation);
  });

  it('counts what each arm projects, pairs and trains', async () => {
    const record = await run();
    const { forwardFlopPerImage, trainFlopPerImage, latentSize: d } = record.backbone;
    const [none, random, asymmetric] = ['none', 'random', 'asymmetric'].map((name) => armOf(record, name).cost);
    const images = 6 * stepsPerEpoch * 32 * trainFlopPerImage;
    expect(none).toMatchObject({ projectionFlop: 0, pairingFlop: 0, trainingFlop: images });
    // 8, 16 and 24 synthetic latents, two epochs each; the first round needs no projection.
    expect(random.trainingFlop - images).toBe(2 * (8 + 16 + 24) * (4 * d * 10 + 5 * 10));
    for (const { projectionFlop } of [random, asymmetric]) expect(projectionFlop).toBe(2 * 144 * forwardFlopPerImage);
    expect(asymmetric.pairingFlop - (144 * d + 3 * 2 * 8 * d)).toBe(3 * 2 * nearestFlop(8, 16, d));
  });

  it('gives the same record twice, and an arm the same alone as in company', async () => {
    const [a, b] = [await run(), await run()];
    expect(timeless(b)).toEqual(timeless(a));
    for (const name of ['none', 'asymmetric'] as const) {
      const alone = await run({ config: { ...tiny, method: { ...tiny.method, arms: [name] } } });
      expect(armOf(alone, name)).toEqual(armOf(a, name));
    }
  });

  it('ends in the same record when it was interrupted at any stage, between the epochs of an iteration too', async () => {
    const whole = await run();
    // Time flies: every step is looked at, and every epoch saved.
    let now = 0;
    vi.spyOn(performance, 'now').mockImplementation(() => {
      now += 61_000;
      return now;
    });
    const files = new MemoryStore();
    for (let sittings = 0; ; sittings++) {
      expect(sittings).toBeLessThan(60);
      const stop = new AbortController();
      let steps = 0;
      const onEvent = (event: RunEvent) => {
        if (event.kind === 'progress' && ++steps > stepsPerEpoch + 2 + sittings) stop.abort(new Error('stopped'));
      };
      try {
        const record = await run({ files, resume: sittings > 0, signal: stop.signal, onEvent });
        expect(timeless(record)).toEqual(timeless(whole));
        expect(record.timing.resumedCount).toBe(sittings);
        expect(sittings).toBeGreaterThan(5);
        return;
      } catch (error) {
        if ((error as Error).message !== 'stopped') throw error;
      }
    }
  });

  it('stops at a loss that is not finite, names the step, and keeps the last checkpoint', async () => {
    const files = new MemoryStore();
    // The first epoch, one iteration of the first arm, and a step.
    const poisoned = watchedEngine([], (batch, index) =>
      index === stepsPerEpoch * 3 + 1
        ? { ...batch, inputs: { ...(batch.inputs as PixelBatch), table: new Float32Array(768).fill(Number.NaN) } }
        : batch,
    );
    const error = await run({ files, engine: poisoned }).catch((cause: unknown) => cause);
    expect(error).toBeInstanceOf(NumericError);
    expect((error as NumericError).message).toMatch(
      /arm none: the loss is NaN in epoch 4, step 2; layer conv1_1 was the first/,
    );
    expect((error as NumericError).hint).toMatch(/--joint-learning-rate/);
    expect(await files.list()).toContain('checkpoint/arm-none.npz');
    expect(timeless(await run({ files, resume: true }))).toEqual(timeless(await run()));
  });

  it('draws learning rates and losses of all arms over all epochs', async () => {
    const files = new MemoryStore();
    await run({ files });
    const page = new TextDecoder().decode((await files.read('report.html')) as Uint8Array);
    const shown = [
      'joint: the whole network, on images too',
      'learning rate of the network over all epochs',
      'signed distance to the boundary after the last round',
      'Operations of each arm by part',
    ];
    expect(shown.filter((text) => !page.includes(text))).toEqual([]);
    // The first epoch and six more.
    expect(page).toMatch(/none: From [\d.]+ to [\d.]+ in 7 epochs/);
  });
});

describe('the learning rate of joint retraining', () => {
  const rates = (schedule: 'cycle' | 'cyclePerIteration' | 'constant') => {
    const config = runConfigSchema.parse({
      joint: { schedule, learningRate: 0.2 },
      method: { iterations: 2, epochsPerIteration: 2 },
    });
    return Array.from({ length: 20 }, (_, step) => jointRate(config, step, 5));
  };

  it('is one cycle over all iterations, one in each, or constant', () => {
    const [cycle, each, constant] = [rates('cycle'), rates('cyclePerIteration'), rates('constant')];
    expect(constant.every((rate) => rate === 0.2)).toBe(true);
    expect(cycle.indexOf(0.2)).toBe(6);
    expect(cycle.slice(6).every((rate, i, all) => i === 0 || rate < all[i - 1])).toBe(true);
    expect(each.slice(10)).toEqual(each.slice(0, 10));
    expect(each.indexOf(0.2)).toBe(3);
  });
});

it('makes room for the synthetic latents of all iterations, whatever the arms', () => {
  const config = runConfigSchema.parse({ method: { iterations: 19, newShare: 0.1 } });
  const pairs = [1, 2, 3, 4, 5].map((minor) => ({ minor })) as never;
  // The paper's: 5 pairs of 100 latents in 19 iterations, over the 156 steps of 20 000 images.
  expect(jointLatentBatchSize(config, [0, 1000, 1000, 1000, 1000, 1000], { pairs }, 156)).toBe(61);
});
