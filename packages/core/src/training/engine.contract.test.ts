import { requestAdapter } from '@csx/core/host';
import { DisposedError, InvalidInputError, InvalidOptionError } from '@csx/wgsl-kernels';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  classCount,
  makeBatch,
  makeLatents,
  modelOfAllLayers,
  modelOfPools,
  relativeError,
  startState,
  tfjsTraining,
  train,
} from '../../test/support/small-training.ts';
import { modelToGraph } from '../backbone/model-to-graph.ts';
import { writeWeights } from '../backbone/weights.ts';
import { createStream } from '../random/stream.ts';
import type { BatchResult, TrainBatch, TrainingEngine } from './engine.ts';
import { classifierHeadGraph, type ModelGraph, shapeOf } from './graph/model-graph.ts';
import { createOnnxEngine } from './onnx/onnx-engine.ts';
import { createWgslEngine } from './wgsl/wgsl-engine.ts';

const batchSize = 6;
const options = { batchSize, momentum: 0.9, weightDecay: 5e-3 };
const learningRate = 0.05;
const names = ['onnx', 'wgsl'] as const;

let model: tf.LayersModel;
let graph: ModelGraph;
let engines: Record<(typeof names)[number], TrainingEngine>;
beforeAll(async () => {
  await tf.setBackend('cpu');
  model = modelOfAllLayers();
  graph = modelToGraph(model);
  engines = {
    onnx: await createOnnxEngine({ backend: 'native', threads: 1 }),
    wgsl: createWgslEngine(await requestAdapter({ kind: 'any' })),
  };
});

// f32 sums of up to 6 * 64 terms in another order differ by about sqrt(384) * 2^-24 = 1.2e-6 of their size; three steps
// through eight layers may grow that by some tens.
const tolerance = 1e-4;

/** Images as bytes, for an engine to standardise and augment. */
function pixelBatch(step: number) {
  const stream = createStream(11, 'testData', step);
  return {
    pixels: Uint8Array.from({ length: batchSize * 128 }, () => stream.below(256)),
    rows: Uint32Array.from({ length: batchSize }, () => stream.below(1000)),
    table: Float32Array.from({ length: 512 }, (_, at) => ((at % 256) - 100) / 60),
    epoch: 4,
  };
}

describe.each(names)('the %s engine', (name) => {
  it.each([
    ['all layers', modelOfAllLayers],
    ['overlapping pools', () => modelOfPools('valid')],
  ])("follows tfjs's own gradients, running statistics and update: %s", async (_, make) => {
    const steps = 3;
    const network = make();
    const trained = modelToGraph(network);
    const { state, losses } = await train(engines[name], trained, options, steps, learningRate);
    const expected = await tfjsTraining(network, trained, options, steps, learningRate);
    losses.forEach((loss, i) => expect(Math.abs(loss - (expected.losses[i] as number))).toBeLessThan(1e-5));
    for (const [weight, values] of expected.weights)
      expect(relativeError(state.weights.get(weight), values), weight).toBeLessThan(tolerance);
  });

  it.each([
    ['all layers', modelOfAllLayers],
    ['overlapping pools', () => modelOfPools('same')],
  ])('agrees with finite differences of the loss: %s', async (_, make) => {
    const trained = modelToGraph(make());
    const start = startState(trained);
    const batch = makeBatch(trained, batchSize, 0);
    const step = await engines[name].compileTrainStep(trained, { batchSize, momentum: 0, weightDecay: 0 });
    const lossAt = async (weights: ReadonlyMap<string, Float32Array>) => {
      step.setState({ weights, momenta: start.momenta });
      await step.run({ ...batch, learningRate: 1 });
      return ((await step.results())[0] as BatchResult).loss;
    };
    await lossAt(start.weights);
    const gradients = (await step.getState()).momenta;
    for (const [weight, gradient] of gradients) {
      // Along the gradient itself: a directional derivative of |g|^2, the least noise a tensor can give.
      const norm = Math.hypot(...gradient);
      if (norm < 1e-4) continue;
      const reach = 5e-4 / norm;
      const moved = (sign: number) =>
        new Map(start.weights).set(
          weight,
          (start.weights.get(weight) as Float32Array).map((w, i) => w + sign * reach * (gradient[i] as number)),
        );
      const slope = ((await lossAt(moved(1))) - (await lossAt(moved(-1)))) / (2 * reach);
      // The loss is known to about 4 * 2^-23, over a way of 2 * 5e-4 that is 5e-4 of a slope of `norm`; curvature and
      // ReLU kinks: a few per cent at this reach.
      expect(Math.abs(slope - norm * norm) / (norm * norm), weight).toBeLessThan(0.05 + 5e-4 / norm);
    }
    await step.dispose();
  });

  it('gives the same bits twice', async () => {
    const [a, b] = [
      await train(engines[name], graph, options, 4, learningRate),
      await train(engines[name], graph, options, 4, learningRate),
    ];
    expect(b).toEqual(a);
  });

  it('learns: the loss of one repeated batch falls', async () => {
    const same = makeBatch(graph, batchSize, 0);
    const { losses, correctCounts } = await train(engines[name], graph, options, 25, learningRate, () => same);
    expect(losses[24]).toBeLessThan((losses[0] as number) / 4);
    expect(correctCounts[24]).toBe(batchSize);
  });

  it('refuses a batch of another size, labels and latents that do not fit, and missing weights', async () => {
    const head = classifierHeadGraph(4, classCount);
    const step = await engines[name].compileTrainStep(head, { ...options, latentBatchSize: 2 });
    expect(() => step.setState({ weights: new Map(), momenta: new Map() })).toThrow(
      /classifier\/kernel have no values, expected 12/,
    );
    await expect(step.getState()).rejects.toThrow(/before setState/);
    step.setState(startState(head));
    const good: TrainBatch = { inputs: new Float32Array(24), labels: new Uint8Array(batchSize), learningRate: 0.1 };
    const refused = (more: Partial<TrainBatch>) => expect(step.run({ ...good, ...more })).rejects;
    await refused({ inputs: new Float32Array(5) }).toThrow(InvalidInputError);
    await refused({ labels: new Uint8Array(batchSize).fill(3) }).toThrow(/label 3 at row 0, expected below 3/);
    await refused({ latents: makeLatents(4, 3, 0) }).toThrow(/got 3 latents/);
    const third = { data: new Float32Array(4), labels: Uint32Array.of(3) };
    await refused({ latents: third }).toThrow(/label 3 at latent 0, expected below 3/);
    await refused({ inputs: pixelBatch(0) }).toThrow(InvalidInputError);
    await step.run({ ...good, latents: makeLatents(4, 2, 0) });
    expect(await step.results()).toHaveLength(1);
    expect(await step.results()).toEqual([]);
    await step.dispose();
    await expect(step.run(good)).rejects.toThrow(DisposedError);
  });

  it('refuses options that make no loss', async () => {
    const head = classifierHeadGraph(4, classCount);
    const compile = (more: object) => engines[name].compileTrainStep(head, { ...options, ...more });
    await expect(compile({ labelSmoothing: 1.5 })).rejects.toThrow(InvalidOptionError);
    await expect(compile({ classWeights: new Float32Array(2) })).rejects.toThrow(InvalidOptionError);
    await expect(compile({ microBatches: 4 })).rejects.toThrow(InvalidOptionError);
    await expect(compile({ latentBatchSize: -1 })).rejects.toThrow(InvalidOptionError);
  });

  it.each([
    ['all layers', modelOfAllLayers, 'b1'],
    ['overlapping pools', () => modelOfPools('same'), 'a'],
  ])('keeps its state when the loss is not finite, and names the layer: %s', async (_, make, layer) => {
    const trained = modelToGraph(make());
    const step = await engines[name].compileTrainStep(trained, options);
    const start = startState(trained);
    const kernel = `${layer}/kernel`;
    const huge = new Map(start.weights).set(
      kernel,
      (start.weights.get(kernel) as Float32Array).map(() => 3e38),
    );
    step.setState({ ...start, weights: huge });
    await step.run({ ...makeBatch(trained, batchSize, 0), learningRate });
    const [result] = await step.results();
    expect(Number.isFinite(result?.loss)).toBe(false);
    expect(result?.nonFiniteLayer).toBe(layer);
    const state = await step.getState();
    for (const [weight, values] of huge) expect(state.weights.get(weight), weight).toEqual(values);
    expect(state.momenta).toEqual(start.momenta);
    // And goes on from good ones.
    step.setState(start);
    await step.run({ ...makeBatch(trained, batchSize, 0), learningRate });
    expect((await step.results())[0]?.nonFiniteLayer).toBeUndefined();
    await step.dispose();
  });

  it('predicts what the LayersModel predicts, also for a short batch and with other weights', async () => {
    const { state } = await train(engines[name], graph, options, 2, learningRate);
    writeWeights(model, state.weights);
    const { inputs } = makeBatch(graph, batchSize, 9);
    const expected = (model.predict(tf.tensor(inputs, [batchSize, 8, 8, 2])) as tf.Tensor).dataSync() as Float32Array;
    const forward = await engines[name].compileForward(graph, state.weights, batchSize);
    const { logits, latents } = await forward.run(inputs, batchSize);
    expect(relativeError(logits, expected)).toBeLessThan(1e-5);
    expect(latents.length).toBe(batchSize * 7);
    const short = await forward.run(inputs.subarray(0, 2 * 128), 2);
    expect(short.logits).toEqual(logits.slice(0, 2 * classCount));
    await forward.dispose();
    await expect(forward.run(inputs, batchSize)).rejects.toThrow(DisposedError);

    const reweightable = await engines[name].compileReweightableForward(graph, batchSize);
    await expect(reweightable.run(inputs, batchSize)).rejects.toThrow(InvalidInputError);
    reweightable.setWeights(startState(graph).weights);
    expect((await reweightable.run(inputs, batchSize)).logits).not.toEqual(logits);
    reweightable.setWeights(state.weights);
    expect(relativeError((await reweightable.run(inputs, batchSize)).logits, expected)).toBeLessThan(1e-5);
    await reweightable.dispose();
  });
});

describe('both engines', () => {
  const compare = async (
    trained: ModelGraph,
    more: object,
    batches: (step: number) => Partial<TrainBatch> = () => ({}),
  ) => {
    const run = (name: (typeof names)[number]) =>
      train(engines[name], trained, { ...options, ...more }, 3, learningRate, batches);
    const [onnx, wgsl] = [await run('onnx'), await run('wgsl')];
    expect(wgsl.correctCounts).toEqual(onnx.correctCounts);
    wgsl.losses.forEach((loss, i) => expect(Math.abs(loss - (onnx.losses[i] as number))).toBeLessThan(1e-5));
    for (const [weight, values] of onnx.state.weights)
      expect(relativeError(wgsl.state.weights.get(weight), values), weight).toBeLessThan(tolerance);
    return wgsl;
  };

  it.each(['same', 'valid'] as const)('agree on pools that overlap, averages of padding %s', async (averages) => {
    const network = modelOfPools(averages);
    const pooled = modelToGraph(network);
    await compare(pooled, {});
    const { weights } = startState(pooled);
    writeWeights(network, weights);
    const { inputs } = makeBatch(pooled, batchSize, 1);
    const images = tf.tensor(inputs, [batchSize, ...shapeOf(pooled, pooled.input)]);
    const expected = (network.predict(images) as tf.Tensor).dataSync() as Float32Array;
    for (const name of names) {
      const forward = await engines[name].compileForward(pooled, weights, batchSize);
      expect(relativeError((await forward.run(inputs, batchSize)).logits, expected)).toBeLessThan(1e-5);
      await forward.dispose();
    }
  });

  it('agree on class weights, label smoothing and the momentum of Nesterov', async () => {
    const all = { nesterov: true, labelSmoothing: 0.1, classWeights: Float32Array.of(0.5, 1, 3) };
    const { losses } = await compare(graph, all);
    expect(losses).not.toEqual((await train(engines.wgsl, graph, options, 3, learningRate)).losses);
  });

  it('agree on offsets, margins, a scale and a focal exponent, also with latents beside the images', async () => {
    const loss = {
      logitOffsets: Float32Array.of(0.5, 0, -1),
      margins: Float32Array.of(0, 1, 0.5),
      logitScale: 2,
      focalGamma: 1.5,
    };
    const { losses } = await compare(graph, loss);
    expect(losses).not.toEqual((await train(engines.wgsl, graph, options, 3, learningRate)).losses);
    const latents = (step: number) => ({ latents: makeLatents(7, step + 1, step) });
    await compare(graph, { ...loss, latentBatchSize: 3 }, latents);
  });

  it('agree on latents that train the last layer, as many as come along', async () => {
    const latents = (step: number) => ({ latents: makeLatents(7, step + 1, step) });
    const { losses, correctCounts } = await compare(graph, { latentBatchSize: 3 }, latents);
    expect(losses).not.toEqual((await train(engines.wgsl, graph, options, 3, learningRate)).losses);
    expect(Math.max(...correctCounts)).toBeLessThanOrEqual(batchSize + 3);
    // None at all: the training without them.
    const none = await train(engines.wgsl, graph, { ...options, latentBatchSize: 3 }, 3, learningRate);
    const without = await train(engines.wgsl, graph, options, 3, learningRate);
    for (const [weight, values] of without.state.weights)
      expect(relativeError(none.state.weights.get(weight), values), weight).toBeLessThan(tolerance);
  });

  it('agree on a head, whose latents are its inputs', async () => {
    const latents = (step: number) => ({ latents: makeLatents(4, 2, step) });
    await compare(classifierHeadGraph(4, classCount), { latentBatchSize: 2 }, latents);
  });

  it('agree on images that come as bytes, and are changed at random', async () => {
    const augmentation = { flip: true, shift: 2, seed: 5 };
    const inputs = (step: number) => ({ inputs: pixelBatch(step) });
    const { losses } = await compare(graph, { augmentation }, inputs);
    const plain = await compare(graph, {}, inputs);
    expect(losses).not.toEqual(plain.losses);
  });

  it('agree on dropout, whose masks depend on seed, layer and step', async () => {
    const { layers } = tf;
    const network = tf.sequential({
      layers: [
        layers.conv2d({ inputShape: [4, 4, 2], filters: 5, kernelSize: 3, name: 'conv' }),
        layers.dropout({ rate: 0.25, name: 'first' }),
        layers.flatten({ name: 'flat' }),
        layers.dropout({ rate: 0.5, name: 'second' }),
        layers.dense({ units: classCount, name: 'classifier' }),
      ],
    });
    const dropped = modelToGraph(network);
    const { losses } = await compare(dropped, { seed: 3 });
    expect((await compare(dropped, { seed: 4 })).losses).not.toEqual(losses);
    const at = (step: number) => ({ ...makeBatch(dropped, batchSize, 0), step });
    const [a, b] = (await compare(dropped, { seed: 3, momentum: 0 }, () => ({ ...at(7), learningRate: 0 }))).losses;
    expect(a).toBe(b);
    const moving = await compare(dropped, { seed: 3, momentum: 0 }, (step) => ({ ...at(step), learningRate: 0 }));
    expect(new Set(moving.losses).size).toBe(3);
    // Identity in evaluation.
    const { weights } = startState(dropped);
    writeWeights(network, weights);
    const { inputs } = makeBatch(dropped, batchSize, 1);
    const expected = (network.predict(tf.tensor(inputs, [batchSize, 4, 4, 2])) as tf.Tensor).dataSync() as Float32Array;
    for (const name of names) {
      const forward = await engines[name].compileForward(dropped, weights, batchSize);
      expect(relativeError((await forward.run(inputs, batchSize)).logits, expected)).toBeLessThan(1e-5);
      await forward.dispose();
    }
  });
});
