import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InvalidInputError, InvalidOptionError } from '@csx/wgsl-kernels';
import * as tf from '@tensorflow/tfjs';
import * as native from 'onnxruntime-node';
import type { Tensor } from 'onnxruntime-web';
import * as web from 'onnxruntime-web';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  classCount,
  makeBatch,
  modelOfAllLayers,
  modelOfPools,
  relativeError,
  startState,
} from '../../test/support/small-training.ts';
import type { BatchResult } from '../training/engine.ts';
import { createOnnxEngine } from '../training/onnx/onnx-engine.ts';
import { compileTrainStep } from './compile-train-step.ts';
import { exportTrainingOnnx, type TrainingOnnx } from './export-training-onnx.ts';
import { modelToGraph } from './model-to-graph.ts';
import { readWeights, writeWeights } from './weights.ts';

interface Trained {
  readonly state: Record<string, Tensor>;
  readonly losses: number[];
}
type Train = (folder: string, batches: Iterable<readonly [Tensor, Tensor]>, rate: number) => Promise<Trained>;

const options = { batchSize: 6, momentum: 0.9, weightDecay: 1e-3 };
const rate = 0.02;
const stepCount = 30;

let folder: string;
let model: tf.LayersModel;
let files: TrainingOnnx;
/** By the example, with stock ONNX Runtime. */
let trained: Trained;

const batchOf = (step: number) => makeBatch(modelToGraph(model), options.batchSize, step % 3);

function tensorsOf(runtime: Pick<typeof web, 'Tensor'>, step: number): readonly [Tensor, Tensor] {
  const { inputs, labels } = batchOf(step);
  const oneHot = new Float32Array(options.batchSize * classCount);
  labels.forEach((label, row) => {
    oneHot[row * classCount + label] = 1;
  });
  return [
    new runtime.Tensor('float32', inputs, [options.batchSize, 8, 8, 2]),
    new runtime.Tensor('float32', oneHot, [options.batchSize, classCount]),
  ];
}

beforeAll(async () => {
  await tf.setBackend('cpu');
  model = modelOfAllLayers();
  writeWeights(model, startState(modelToGraph(model)).weights);
  files = await exportTrainingOnnx(model, options);
  folder = await mkdtemp(join(tmpdir(), 'csx-onnx-'));
  for (const [name, bytes] of Object.entries(files)) await writeFile(join(folder, `${name}.onnx`), bytes);
  // Plain JavaScript, as a reader would copy it.
  const example = (await import(new URL('../../examples/train-onnx.js', import.meta.url).href)) as { train: Train };
  const batches = Array.from({ length: stepCount }, (_, step) => tensorsOf(native as unknown as typeof web, step));
  trained = await example.train(folder, batches, rate);
});

afterAll(() => rm(folder, { recursive: true, force: true }));

describe('exported training', () => {
  it('is trained by the example with stock ONNX Runtime as the engine trains the model, to the bit', async () => {
    const engine = await createOnnxEngine({ backend: 'native', threads: 2 });
    const step = await compileTrainStep(model, { engine, ...options });
    for (let i = 0; i < stepCount; i++) await step.run({ ...batchOf(i), learningRate: rate });
    const results = await step.results();
    const { weights, momenta } = await step.getState();
    expect(trained.losses).toEqual(results.map(({ loss }: BatchResult) => loss));
    expect(trained.losses[stepCount - 1]).toBeLessThan((trained.losses[0] as number) / 3);
    expect(Object.keys(trained.state)).toHaveLength(weights.size + momenta.size);
    for (const [name, values] of weights) expect(trained.state[name]?.data, name).toEqual(values);
    for (const [name, values] of momenta) expect(trained.state[`momentum:${name}`]?.data, name).toEqual(values);
    await step.dispose();
  });

  it('starts from the weights of the model and momenta of zero, and leaves the model alone', async () => {
    const start = await native.InferenceSession.create(files.start);
    const state = await start.run({});
    const weights = await readWeights(model);
    for (const [name, values] of weights) {
      expect(state[name]?.data, name).toEqual(values);
      if (/\/moving_/.test(name)) expect(state, name).not.toHaveProperty([`momentum:${name}`]);
      else expect(state[`momentum:${name}`]?.data, name).toEqual(new Float32Array(values.length));
    }
    await start.release();
  });

  it('predicts, with the trained parameters, as the model does that holds them', async () => {
    const predict = await native.InferenceSession.create(files.predict);
    const [inputs] = tensorsOf(native as unknown as typeof web, 0);
    const { logits } = await predict.run({ ...trained.state, inputs });
    const copy = modelOfAllLayers();
    const parameters = [...(await readWeights(copy)).keys()];
    writeWeights(copy, new Map(parameters.map((name) => [name, trained.state[name]?.data as Float32Array])));
    const expected = copy.predict(tf.tensor(inputs.data as Float32Array, [options.batchSize, 8, 8, 2])) as tf.Tensor;
    // Sums of up to 150 terms in another order, through eight layers.
    expect(relativeError(logits?.data as Float32Array, expected.dataSync() as Float32Array)).toBeLessThan(1e-4);
    await predict.release();
  });

  it('runs in wasm from the same files', async () => {
    web.env.wasm.numThreads = 1;
    const start = await web.InferenceSession.create(files.start);
    const step = await web.InferenceSession.create(files.step);
    const [inputs, labels] = tensorsOf(web, 0);
    const learningRate = new web.Tensor('float32', [rate], []);
    const { loss } = await step.run({ ...(await start.run({})), inputs, labels, learningRate });
    expect(Math.abs((loss?.data[0] as number) - (trained.losses[0] as number))).toBeLessThan(1e-5);
    await Promise.all([start.release(), step.release()]);
  });

  it('trains poolings that overlap, native and in wasm', async () => {
    const { start, step } = await exportTrainingOnnx(modelOfPools('same'), options);
    const { inputs } = makeBatch(modelToGraph(modelOfPools('same')), options.batchSize, 0);
    const stepIn = async (runtime: Pick<typeof web, 'Tensor' | 'InferenceSession'>) => {
      const [first, next] = await Promise.all([start, step].map((file) => runtime.InferenceSession.create(file)));
      const state = (await first?.run({})) as Record<string, Tensor>;
      const [, labels] = tensorsOf(runtime, 0);
      const learningRate = new runtime.Tensor('float32', [rate], []);
      const images = new runtime.Tensor('float32', inputs, [options.batchSize, 14, 13, 2]);
      const stepped = (await next?.run({ ...state, inputs: images, labels, learningRate })) as Record<string, Tensor>;
      await Promise.all([first?.release(), next?.release()]);
      return Object.keys(state).map((name) => [name, state[name], stepped[`next:${name}`]] as const);
    };
    web.env.wasm.numThreads = 1;
    const [a, b] = [await stepIn(native as unknown as typeof web), await stepIn(web)];
    a.forEach(([name, before, after], i) => {
      expect(after?.data, name).not.toEqual(before?.data);
      // Sums of up to 6 * 182 terms in another order, through four layers.
      expect(relativeError(b[i]?.[2]?.data as Float32Array, after?.data as Float32Array), name).toBeLessThan(1e-4);
    });
  });

  it('says in its metadata how it is fed, and takes the masks of dropouts', async () => {
    const { layers } = tf;
    const dropped = tf.sequential({
      layers: [
        layers.dense({ inputShape: [5], units: 4, activation: 'relu', name: 'hidden' }),
        layers.dropout({ rate: 0.75, name: 'drop' }),
        layers.dense({ units: 2, name: 'scores' }),
      ],
    });
    const { step } = await exportTrainingOnnx(dropped, { ...options, batchSize: 1, nesterov: true });
    const text = new TextDecoder('latin1').decode(step);
    for (const part of [
      'mask:drop: 0 with probability 0.75, else 4',
      '[1, 5], channels last',
      '[1, 2], 1 for the class of each row',
      'feed each output next:NAME back as the input NAME',
      'SGD, momentum 0.9, nesterov true, weight decay 0.001 on kernels',
    ])
      expect(text).toContain(part);
    const session = await native.InferenceSession.create(step);
    expect(session.inputNames).toContain('mask:drop');
    await session.release();
  });

  it('refuses options that make no step, and layers that it does not know', async () => {
    for (const wrong of [
      { batchSize: 0 },
      { batchSize: 1.5 },
      { momentum: 1 },
      { momentum: Number.NaN },
      { weightDecay: -1 },
      { weightDecay: Number.POSITIVE_INFINITY },
      { weightDcay: 1 },
    ]) {
      const exported = exportTrainingOnnx(model, { ...options, ...wrong });
      await expect(exported, JSON.stringify(wrong)).rejects.toThrow(InvalidOptionError);
    }
    const odd = tf.sequential({
      layers: [
        tf.layers.dense({ inputShape: [5], units: 4, activation: 'tanh', name: 'odd' }),
        tf.layers.dense({ units: 2 }),
      ],
    });
    await expect(exportTrainingOnnx(odd, options)).rejects.toThrow(InvalidInputError);
    await expect(exportTrainingOnnx(odd, options)).rejects.toThrow(/layer odd \(Dense\): activation tanh/);
  });
});
