import { InvalidInputError } from '@csx/wgsl-kernels';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, expect, it } from 'vitest';
import { trainOnGpu } from '../../examples/train-a-model.ts';
import { makeBatch } from '../../test/support/small-training.ts';
import { createOnnxEngine } from '../training/onnx/onnx-engine.ts';
import { compileTrainStep } from './compile-train-step.ts';
import { modelToGraph } from './model-to-graph.ts';
import { readWeights } from './weights.ts';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

function sequentialModel(): tf.Sequential {
  const { layers } = tf;
  return tf.sequential({
    layers: [
      layers.conv2d({ inputShape: [8, 8, 1], filters: 4, kernelSize: 3, activation: 'relu', name: 'conv' }),
      layers.batchNormalization({ name: 'norm' }),
      layers.maxPooling2d({ poolSize: 2, name: 'pool' }),
      layers.flatten({ name: 'flat' }),
      layers.dense({ units: 3, activation: 'softmax', name: 'scores' }),
    ],
  });
}

it('the example trains a model from its own weights, and the model predicts what was learned', async () => {
  const model = sequentialModel();
  const batch = { ...makeBatch(modelToGraph(model), 32, 0), learningRate: 0.1 };
  const lossOf = () => {
    const scores = model.predict(tf.tensor(batch.inputs, [32, 8, 8, 1])) as tf.Tensor;
    const own = scores.mul(tf.oneHot(tf.tensor1d([...batch.labels], 'int32'), 3)).sum(1);
    return own.log().mean().neg().dataSync()[0] as number;
  };
  const start = await readWeights(model);
  const untrained = lossOf();
  const losses = await trainOnGpu(model, Array(40).fill(batch));
  expect(losses).toHaveLength(40);
  expect(losses[39]).toBeLessThan((losses[0] as number) / 2);
  expect(lossOf()).toBeLessThan(untrained / 2);
  for (const [name, values] of await readWeights(model)) expect(values, name).not.toEqual(start.get(name));
});

it('leaves the model alone until its weights are written back, on any engine', async () => {
  const model = sequentialModel();
  const start = await readWeights(model);
  const engine = await createOnnxEngine({ threads: 1 });
  const step = await compileTrainStep(model, { engine, batchSize: 4, momentum: 0.9, weightDecay: 0 });
  expect((await step.getState()).weights).toEqual(start);
  await step.run({ ...makeBatch(modelToGraph(model), 4, 0), learningRate: 0.1 });
  expect(await readWeights(model)).toEqual(start);
  await step.writeBack();
  expect(await readWeights(model)).toEqual((await step.getState()).weights);
  await step.dispose();
});

it('names the layer that it does not know', async () => {
  const engine = await createOnnxEngine({ threads: 1 });
  const model = sequentialModel();
  const dense = tf.layers.dense({ units: 3, name: 'last' });
  const output = dense.apply(
    tf.layers.softmax({ name: 'odd' }).apply(model.outputs[0] as tf.SymbolicTensor),
  ) as tf.SymbolicTensor;
  const options = { engine, batchSize: 4, momentum: 0.9, weightDecay: 0 };
  const compiled = compileTrainStep(tf.model({ inputs: model.inputs, outputs: output }), options);
  await expect(compiled).rejects.toBeInstanceOf(InvalidInputError);
  await expect(compiled).rejects.toThrow(/layer scores \(Dense\): activation softmax/);
  const known = await compileTrainStep(model, options);
  await known.dispose();
});
