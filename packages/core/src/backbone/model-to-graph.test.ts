import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { forwardFlop, trainFlop } from '../training/graph/flop.ts';
import { elementCount, type ModelGraph, shapeOf } from '../training/graph/model-graph.ts';
import { differentiate } from '../training/graph/train-graph.ts';
import { modelToGraph } from './model-to-graph.ts';
import { createBackbone } from './networks.ts';

const inputShape = [32, 32, 3] as const;
const graphOf = (name: 'vgg19' | 'resnet20' | 'resnet32' | 'small', width = 1) =>
  modelToGraph(createBackbone({ name, width, classCount: 10, inputShape }));

const trainableCount = (graph: ModelGraph) =>
  graph.parameters.filter(({ role }) => role !== 'statistic').reduce((sum, { shape }) => sum + elementCount(shape), 0);

describe('the networks', () => {
  it('VGG19 has 16 convolutions, latents of 512 and 20 million weights', () => {
    const graph = graphOf('vgg19');
    expect(graph.ops.filter(({ kind }) => kind === 'conv2d')).toHaveLength(16);
    expect(shapeOf(graph, graph.latent)).toEqual([512]);
    // The convolutions' sum of 9 * in * out, a gamma and a beta a channel, and the dense layer.
    const channels = [64, 64, 128, 128, ...Array(4).fill(256), ...Array(8).fill(512)] as number[];
    const kernels = channels.reduce((sum, out, i) => sum + 9 * (channels[i - 1] ?? 3) * out, 0);
    const norms = channels.reduce((sum, out) => sum + 2 * out, 0);
    expect(trainableCount(graph)).toBe(kernels + norms + 512 * 10 + 10);
    // The figures that performance is counted by: 0.80 and 2.39 GFLOP an image.
    expect(forwardFlop(graph) / 1e9).toBeCloseTo(0.8, 2);
    expect(trainFlop(graph) / 1e9).toBeCloseTo(2.39, 2);
  });

  it('ResNet-20 and ResNet-32 have the sizes of He et al. (0.27 and 0.46 million), the projections added', () => {
    // Option B: two 1 x 1 projections (16 * 32 + 32 * 64 weights, and their batch norms) on top of option A.
    expect(trainableCount(graphOf('resnet20')) / 1e6).toBeCloseTo(0.27, 2);
    expect(trainableCount(graphOf('resnet32')) / 1e6).toBeCloseTo(0.47, 2);
    expect(graphOf('resnet32').ops.filter(({ kind }) => kind === 'conv2d')).toHaveLength(31 + 2);
  });

  it('scale with the width, down to one channel', () => {
    expect(shapeOf(graphOf('vgg19', 0.25), graphOf('vgg19', 0.25).latent)).toEqual([128]);
    expect(graphOf('small', 0.03125).parameters[0]?.shape).toEqual([3, 3, 3, 1]);
  });

  it('refuse images that their poolings do not divide', () => {
    const odd = () => createBackbone({ name: 'vgg19', width: 1, classCount: 10, inputShape: [28, 28, 1] });
    expect(odd).toThrow(/backbone vgg19: images of 28 x 28, expected multiples of 32/);
  });
});

describe('a LayersModel as a graph', () => {
  const { layers } = tf;
  const modelWith = (...middle: tf.layers.Layer[]) =>
    tf.sequential({
      layers: [
        layers.inputLayer({ inputShape: [8, 8, 2] }),
        ...middle,
        layers.flatten(),
        layers.dense({ units: 3, activation: 'softmax', name: 'out' }),
      ],
    });

  it('takes a sequential model whose last layer has a softmax', () => {
    const graph = modelToGraph(modelWith(layers.conv2d({ filters: 4, kernelSize: 3, activation: 'relu' })));
    expect(graph.ops.map(({ kind }) => kind)).toEqual(['conv2d', 'relu', 'flatten', 'dense']);
    expect(shapeOf(graph, graph.logits)).toEqual([3]);
  });

  it('pads as tfjs does: the odd zero below and on the right', () => {
    const graph = modelToGraph(modelWith(layers.conv2d({ filters: 1, kernelSize: 3, strides: 2, padding: 'same' })));
    expect(graph.ops[0]).toMatchObject({ kind: 'conv2d', padding: [0, 0, 1, 1] });
    const pooled = (padding: 'same' | 'valid', size: number, strides: number) =>
      modelToGraph(modelWith(layers.maxPooling2d({ poolSize: size, strides, padding }))).ops[0];
    expect(pooled('same', 3, 2)).toMatchObject({
      kind: 'maxPool',
      size: [3, 3],
      stride: [2, 2],
      padding: [0, 0, 1, 1],
    });
    expect(pooled('valid', 3, 2)).toMatchObject({ padding: [0, 0, 0, 0] });
  });

  it.each([
    ['a layer that it does not know', layers.upSampling2d({ name: 'up' }), /layer up \(UpSampling2D\)/],
    [
      'dropout of whole channels',
      layers.dropout({ rate: 0.5, noiseShape: [1, 1, 2], name: 'drop' }),
      /layer drop .*noiseShape/,
    ],
    ['a dense layer on pixels', layers.dense({ units: 3, name: 'mix' }), /layer mix .*\[8, 8, 2\], expected a vector/],
    [
      'a frozen layer',
      layers.conv2d({ filters: 1, kernelSize: 3, trainable: false, name: 'frozen' }),
      /layer frozen .*is not trainable/,
    ],
    [
      'a penalty of its own',
      layers.conv2d({ filters: 1, kernelSize: 3, kernelRegularizer: 'l1l2', name: 'small' }),
      /layer small .*kernelRegularizer is not supported/,
    ],
    [
      'a constraint',
      layers.batchNormalization({ gammaConstraint: 'nonNeg', name: 'norm' }),
      /layer norm .*gammaConstraint is not supported/,
    ],
    ['another activation', layers.activation({ activation: 'tanh', name: 'act' }), /layer act .*activation tanh/],
    [
      'a pool larger than the image',
      layers.maxPooling2d({ poolSize: 9, strides: 2, name: 'pool' }),
      /layer pool .*a window of 9 x 9 does not fit into 8 x 8/,
    ],
    [
      'dilation',
      layers.conv2d({ filters: 1, kernelSize: 3, dilationRate: 2, name: 'wide' }),
      /layer wide .*dilation is not supported/,
    ],
    ['batch norm of another axis', layers.batchNormalization({ axis: 1, name: 'norm' }), /layer norm .*axis 1/],
  ])('names %s', (_, layer, message) => {
    expect(() => modelToGraph(modelWith(layer))).toThrow(message);
  });

  it('leaves out gradients that nobody needs: the input, and what leads to it alone', () => {
    const { backward, gradients, model } = differentiate(graphOf('small'));
    const first = backward.filter((op) => 'forward' in op && op.forward.layer === 'conv1_1').map(({ kind }) => kind);
    expect(first).toEqual(['conv2dKernelGradient']);
    expect([...gradients.keys()].sort()).toEqual(
      model.parameters.flatMap(({ name, role }) => (role === 'statistic' ? [] : [name])).sort(),
    );
  });
});
