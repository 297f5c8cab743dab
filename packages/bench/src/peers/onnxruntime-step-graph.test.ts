import {
  createBackbone,
  createOnnxEngine,
  createStream,
  exportTrainingOnnx,
  initialWeights,
  modelToGraph,
} from '@csx/core';
import { expect, it } from 'vitest';
import { normalValues } from '../suites/random-values.ts';
import { PeerFailure } from '../worker/peer-failure.ts';
import { parameterShape, parameterValues, toOutLast } from './layouts.ts';
import { momentumName, nextName, stepGraph } from './onnxruntime-step-graph.ts';
import { loadOrt, type OrtTensor, openSession } from './ort.ts';

const options = { batchSize: 4, momentum: 0.9, weightDecay: 5e-2 };
const learningRate = 0.05;
const networkGraph = (name: 'vgg19' | 'small' | 'resnet20', imageSize: number) =>
  modelToGraph(createBackbone({ name, width: 0.1, classCount: 3, inputShape: [imageSize, imageSize, 3] }));

it.each([
  ['vgg19', 32],
  ['small', 8],
] as const)('is the step of the CPU engine: every weight, statistic and momentum of %s', async (name, imageSize) => {
  const graph = networkGraph(name, imageSize);
  const weights = initialWeights(graph, (index) => createStream(1, 'testData', index));
  const momenta = new Map(
    graph.parameters
      .filter(({ role }) => role !== 'statistic')
      .map((parameter, index) => [
        parameter.name,
        normalValues(weights.get(parameter.name)?.length ?? 0, 2, index).map((value) => 0.1 * value),
      ]),
  );
  const inputs = normalValues(options.batchSize * imageSize * imageSize * 3, 3, 0);
  const labels = Uint32Array.of(2, 0, 1, 0);

  const engine = await createOnnxEngine({ backend: 'native', threads: 1 });
  const step = await engine.compileTrainStep(graph, options);
  step.setState({ weights, momenta });
  await step.run({ inputs, labels, learningRate });
  const [{ loss }] = await step.results();
  const expected = await step.getState();
  await step.dispose();

  const ort = await loadOrt();
  const tensor = (values: Float32Array, shape: readonly number[]) =>
    new ort.Tensor('float32', parameterValues(values, shape), parameterShape(shape));
  const feeds: Record<string, OrtTensor> = {
    inputs: new ort.Tensor('float32', inputs, [options.batchSize, imageSize, imageSize, 3]),
    labels: tensor(Float32Array.of(0, 0, 1, 1, 0, 0, 0, 1, 0, 1, 0, 0), [4, 3]),
    learningRate: tensor(Float32Array.of(learningRate), []),
  };
  for (const { name: parameter, shape } of graph.parameters) {
    feeds[parameter] = tensor(weights.get(parameter) as Float32Array, shape);
    const momentum = momenta.get(parameter);
    if (momentum !== undefined) feeds[momentumName(parameter)] = tensor(momentum, shape);
  }
  const session = await openSession(ort, stepGraph(graph, options), 'cpu', 1, {});
  const outputs = await session.run(feeds);
  await session.release();

  const data = (output: string) => outputs[output].data as Float32Array;
  expect(Math.abs(data('loss')[0] - loss)).toBeLessThan(1e-5 * loss);
  const expectClose = (output: string, shape: readonly number[], values: Float32Array) => {
    const actual = shape.length === 4 ? toOutLast(data(output), parameterShape(shape)) : data(output);
    const largest = values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    const worst = values.reduce((most, value, at) => Math.max(most, Math.abs(value - actual[at])), 0);
    // Two orders of the same sums, through up to 20 layers and their gradients.
    expect(worst, output).toBeLessThan(1e-4 * largest);
  };
  for (const { name: parameter, shape } of graph.parameters) {
    expectClose(nextName(parameter), shape, expected.weights.get(parameter) as Float32Array);
    const momentum = expected.momenta.get(parameter);
    if (momentum !== undefined) expectClose(nextName(momentumName(parameter)), shape, momentum);
  }
});

it('names what it does not write', () => {
  const write = () => stepGraph(networkGraph('resnet20', 8), options);
  expect(write).toThrow(PeerFailure);
  expect(write).toThrow('add is not written for ONNX Runtime');
});

it('says so where the provider has no kernel for a node', async () => {
  const ort = await loadOrt();
  const model = createBackbone({ name: 'small', width: 0.1, classCount: 3, inputShape: [8, 8, 3] });
  const { step } = await exportTrainingOnnx(model, options);
  // MaxUnpool; on the CPU it has one.
  await expect(openSession(ort, step, 'webgpu', 1, {})).rejects.toMatchObject({ status: 'unsupported' });
  await (await openSession(ort, step, 'cpu', 1, {})).release();
});
