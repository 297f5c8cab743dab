import { requestAdapter } from '@csx/core/host';
import { createPooling, createSession, type Pooling } from '@csx/wgsl-kernels';
import * as tf from '@tensorflow/tfjs';
import * as native from 'onnxruntime-node';
import { beforeAll, describe, expect, it } from 'vitest';
import { modelToGraph } from '../backbone/model-to-graph.ts';
import { OnnxGraphWriter } from '../onnxruntime/onnx-writer.ts';
import { createStream } from '../random/stream.ts';
import type { Pair, PoolOp } from './graph/model-graph.ts';
import { lowerAveragePoolGradient, lowerMaxPoolGradient, poolAttributes } from './onnx/lower-pool.ts';

interface Case {
  readonly image: Pair;
  readonly size: Pair;
  readonly stride: Pair;
  readonly padding: 'same' | 'valid';
}
type Shape4 = [number, number, number, number];

const [batch, channels] = [2, 3];
const of = (
  height: number,
  width: number,
  poolSize: number | Pair,
  strides: number | Pair,
  padding: Case['padding'],
): Case => {
  const pair = (value: number | Pair): Pair => (typeof value === 'number' ? [value, value] : value);
  return { image: [height, width], size: pair(poolSize), stride: pair(strides), padding };
};
const cases = [
  of(6, 8, 2, 2, 'valid'), // tiles
  of(12, 12, 3, 2, 'same'), // the stem of ResNet
  of(13, 13, 3, 2, 'valid'), // that of AlexNet
  of(13, 12, 3, 2, 'same'),
  of(8, 8, 3, 2, 'valid'), // the last row and column in no window
  of(7, 9, 2, 2, 'valid'),
  of(7, 9, 2, 2, 'same'),
  of(5, 6, 3, 1, 'same'),
  of(5, 6, 2, 1, 'valid'),
  of(9, 11, 2, 3, 'valid'), // gaps
  of(9, 11, 2, 3, 'same'),
  of(8, 7, 1, 2, 'same'),
  of(9, 10, [4, 2], [1, 3], 'same'), // overlapping in one direction, with gaps in the other
  of(9, 10, [1, 5], [2, 2], 'valid'),
  of(2, 3, 5, 1, 'same'), // larger than the image
  of(4, 5, [4, 5], 3, 'valid'), // one window
];
const nameOf = ({ image, size, stride, padding }: Case) => [image, size, stride, padding].join(' ');

/** As the training graph describes it. */
function describePool({ image, size, stride, padding }: Case, kind: PoolOp['kind']) {
  const options = { poolSize: [...size] as [number, number], strides: [...stride] as [number, number], padding };
  const layer = kind === 'maxPool' ? tf.layers.maxPooling2d(options) : tf.layers.averagePooling2d(options);
  const layers = [tf.layers.inputLayer({ inputShape: [...image, channels] }), layer, tf.layers.flatten()];
  const graph = modelToGraph(tf.sequential({ layers: [...layers, tf.layers.dense({ units: 2 })] }));
  const op = graph.ops[0] as PoolOp;
  const [rows, columns] = graph.shapes.get(op.output) as number[];
  return {
    op,
    shape: { batch, height: image[0], width: image[1], channels, size, stride, padding: op.padding },
    inputShape: [batch, ...image, channels] as Shape4,
    outputShape: [batch, rows, columns, channels] as Shape4,
  };
}

const channelsFirst = ([n, height, width, c]: Shape4): Shape4 => [n, c, height, width];
const floats = async (tensor: tf.Tensor) => (await tensor.data()) as Float32Array;
const inOrder = (values: Float32Array, shape: Shape4, order: number[]) =>
  floats(tf.transpose(tf.tensor(values, shape), order));

/** The pooling and its gradient as the engine on the CPU has them written; from channels last to channels last. */
async function runOnnx(given: ReturnType<typeof describePool>, x: Float32Array, dy: Float32Array) {
  const { op, inputShape, outputShape } = given;
  const pool = { ...op, inputShape: channelsFirst(inputShape), outputShape: channelsFirst(outputShape) };
  const writer = new OnnxGraphWriter();
  const [input, gradient] = [writer.input('x', pool.inputShape), writer.input('dy', pool.outputShape)];
  writer.output('y', pool.outputShape);
  writer.output('dx', pool.inputShape);
  let dx: string;
  if (op.kind === 'maxPool') {
    writer.nodes('MaxPool', [input], poolAttributes(op), ['y', 'indices']);
    dx = lowerMaxPoolGradient(writer, pool, gradient, 'indices');
  } else {
    writer.node('AveragePool', [input], poolAttributes(op), 'y');
    dx = lowerAveragePoolGradient(writer, pool, gradient);
  }
  writer.node('Identity', [dx], {}, 'dx');
  const session = await native.InferenceSession.create(writer.finish(), { logSeverityLevel: 3 });
  const tensor = async (values: Float32Array, shape: Shape4) =>
    new native.Tensor('float32', await inOrder(values, shape, [0, 3, 1, 2]), channelsFirst(shape));
  const results = await session.run({ x: await tensor(x, inputShape), dy: await tensor(dy, outputShape) });
  await session.release();
  const last = (name: string, shape: Shape4) =>
    inOrder(results[name]?.data as Float32Array, channelsFirst(shape), [0, 2, 3, 1]);
  return { y: await last('y', outputShape), dx: await last('dx', inputShape) };
}

function drawn(shape: Shape4, seed: number): Float32Array {
  const stream = createStream(seed, 'testData', 0);
  return Float32Array.from({ length: shape.reduce((a, b) => a * b) }, () => stream.uniform() * 2 - 1);
}

let kernels: Pooling;
beforeAll(async () => {
  await tf.setBackend('cpu');
  kernels = createPooling(createSession((await requestAdapter({ kind: 'any' })).device));
});

/** Sums of up to 9 terms below 1 in another order, rounded either way: 8 * 9 * 2^-23; averages of up to 20 are below. */
const rounding = 80 * 2 ** -23;
function expectClose(actual: Float32Array, expected: Float32Array, what: string): void {
  expect(actual.length, what).toBe(expected.length);
  expected.forEach((value, at) => expect(Math.abs(actual[at] - value), `${what} ${at}`).toBeLessThan(rounding));
}

describe.each(cases.map((given) => [nameOf(given), given] as const))('pooling %s', (_, given) => {
  it("maxima are tfjs's, and their gradients go where tfjs sends them, also where values are equal", async () => {
    const pool = describePool(given, 'maxPool');
    const { shape, inputShape, outputShape } = pool;
    const dy = drawn(outputShape, 2);
    // Of three values alone (and no negative zero): most windows have several largest ones.
    const few = drawn(inputShape, 1).map((value) => Math.round(value) + 0);
    for (const x of [drawn(inputShape, 1), few]) {
      const { value, grad } = tf.valueAndGrad((image) =>
        tf.maxPool(image as tf.Tensor4D, [...given.size], [...given.stride], given.padding),
      )(tf.tensor(x, inputShape), tf.tensor(dy, outputShape));
      const onnx = await runOnnx(pool, x, dy);
      expect(onnx.y).toEqual(await floats(value));
      expect(await kernels.runMax(x, shape)).toEqual(await floats(value));
      expectClose(onnx.dx, await floats(grad), 'onnx');
      expectClose(await kernels.runMaxGradient(x, dy, shape), await floats(grad), 'wgsl');
    }
  });

  it("averages are tfjs's, and their gradients the slopes of these", async () => {
    const pool = describePool(given, 'averagePool');
    const { shape, inputShape, outputShape } = pool;
    const [x, dy] = [drawn(inputShape, 3), drawn(outputShape, 4)];
    const averaged = (images: tf.Tensor) =>
      tf.avgPool(images as tf.Tensor4D, [...given.size], [...given.stride], given.padding);
    // tfjs divides the gradient of a window that reaches over the edge by all its pixels, unlike the average itself. An
    // average is linear: what each pixel adds to the outputs, times their gradients, is the gradient of the pixel.
    const [height, width] = given.image;
    const [, rows, columns] = outputShape;
    const effects = averaged(tf.eye(height * width).reshape([-1, height, width, 1])).reshape([-1, rows * columns]);
    const perChannel = tf
      .tensor(dy, outputShape)
      .transpose([0, 3, 1, 2])
      .reshape([-1, rows * columns]);
    const slopes = tf.matMul(perChannel as tf.Tensor2D, effects as tf.Tensor2D, false, true);
    const dx = slopes.reshape([batch, channels, height, width]).transpose([0, 2, 3, 1]);
    const onnx = await runOnnx(pool, x, dy);
    const y = averaged(tf.tensor(x, inputShape));
    expectClose(onnx.y, await floats(y), 'onnx');
    expectClose(await kernels.runAverage(x, shape), await floats(y), 'wgsl');
    expectClose(onnx.dx, await floats(dx), 'onnx gradient');
    expectClose(await kernels.runAverageGradient(dy, shape), await floats(dx), 'wgsl gradient');
  });
});
