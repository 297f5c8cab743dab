import { InvalidInputError } from '@csx/wgsl-kernels';
import type * as tf from '@tensorflow/tfjs';
import type { ForwardOp, ModelGraph, Padding, Pair, Parameter } from '../training/graph/model-graph.ts';

/**
 * Turns a tfjs LayersModel (sequential or functional, one input, one output) into a graph that the
 * engines train. Supported: conv2d, batch normalization over the last axis, ReLU (as layer or
 * activation), max and average pooling, global average pooling, flatten,
 * dropout, dense (the last may carry a softmax, which the loss already contains), add.
 * @throws InvalidInputError naming the layer that is not supported, and what about it
 */
export function modelToGraph(model: tf.LayersModel): ModelGraph {
  const builder = new GraphBuilder();
  const [input, ...others] = model.inputs;
  const [output, ...otherOutputs] = model.outputs;
  if (input === undefined || output === undefined || others.length + otherOutputs.length > 0) {
    throw new InvalidInputError(
      `model ${model.name}: ${model.inputs.length} inputs and ${model.outputs.length} outputs, expected one of each`,
    );
  }
  builder.shapes.set(input.name, fixedShape(input, model.name));
  builder.names.set(input.name, input.name);
  for (const layer of model.layers) {
    if (layer.getClassName() === 'InputLayer') continue;
    builder.add(layer, layer === output.sourceLayer);
  }
  const logits = builder.tensor(output);
  const last = builder.ops.find((op) => op.output === logits);
  if (last?.kind !== 'dense') {
    throw new InvalidInputError(
      `model ${model.name}: the output comes from ${output.sourceLayer.name}, expected a dense layer`,
    );
  }
  return {
    input: input.name,
    ops: builder.ops,
    logits,
    latent: last.input,
    shapes: builder.shapes,
    parameters: builder.parameters,
  };
}

function fixedShape(tensor: tf.SymbolicTensor, where: string): number[] {
  const shape = tensor.shape.slice(1);
  if (shape.some((size) => size === null) || (shape.length !== 1 && shape.length !== 3)) {
    throw new InvalidInputError(
      `${where}: tensor ${tensor.name} has shape [${shape.join(', ')}], expected [height, width, channels] or [d]`,
    );
  }
  return shape as number[];
}

function unsupported(layer: tf.layers.Layer, what: string): InvalidInputError {
  return new InvalidInputError(`training graph: layer ${layer.name} (${layer.getClassName()}): ${what}`, {
    hint: 'supported: conv2d, batchNormalization, reLU, maxPooling2d, averagePooling2d, globalAveragePooling2d, flatten, dropout, dense, add',
  });
}

/** What the settings of a layer look like; which of them exist depends on its class. */
interface LayerConfig {
  readonly [key: string]: unknown;
}

/** Every weight trains by its gradient and the step's weight decay: what would change that must not be passed over. */
function requirePlainTraining(layer: tf.layers.Layer, config: LayerConfig): void {
  if (layer.weights.length > 0 && !layer.trainable) throw unsupported(layer, 'is not trainable, expected one that is');
  for (const [key, value] of Object.entries(config)) {
    if (/(Regularizer|Constraint)$/.test(key) && value !== null && value !== undefined)
      throw unsupported(layer, `${key} is not supported`);
  }
}

class GraphBuilder {
  readonly ops: ForwardOp[] = [];
  readonly parameters: Parameter[] = [];
  readonly shapes = new Map<string, readonly number[]>();
  /** tfjs tensor name -> graph tensor. */
  readonly names = new Map<string, string>();

  tensor(symbolic: tf.SymbolicTensor): string {
    const name = this.names.get(symbolic.name);
    if (name === undefined)
      throw new InvalidInputError(`training graph: tensor ${symbolic.name} is used before it is made`);
    return name;
  }

  add(layer: tf.layers.Layer, isLast: boolean): void {
    const node = layer.inboundNodes[0];
    if (node === undefined || layer.inboundNodes.length > 1)
      throw unsupported(layer, 'used more than once, expected once');
    const symbolic = node.outputTensors[0] as tf.SymbolicTensor;
    const inputs = node.inputTensors.map((tensor) => this.tensor(tensor));
    const input = inputs[0] as string;
    const output = layer.name;
    const shape = fixedShape(symbolic, layer.name);
    const config = layer.getConfig() as LayerConfig;
    if (config.dataFormat !== undefined && config.dataFormat !== 'channelsLast') {
      throw unsupported(layer, `dataFormat ${String(config.dataFormat)}, expected channelsLast`);
    }
    requirePlainTraining(layer, config);
    const base = { layer: layer.name, input, output };
    switch (layer.getClassName()) {
      case 'Conv2D':
        this.#convolution(layer, config, base, shape);
        break;
      case 'BatchNormalization':
        this.#batchNorm(layer, config, base);
        break;
      case 'ReLU':
        if (config.maxValue !== undefined && config.maxValue !== null)
          throw unsupported(layer, 'maxValue is not supported');
        this.ops.push({ kind: 'relu', ...base });
        break;
      case 'Activation':
        if (config.activation !== 'relu')
          throw unsupported(layer, `activation ${String(config.activation)}, expected relu`);
        this.ops.push({ kind: 'relu', ...base });
        break;
      case 'MaxPooling2D':
      case 'AveragePooling2D':
        this.#pool(layer, config, base, shape);
        break;
      case 'GlobalAveragePooling2D':
        this.ops.push({ kind: 'globalAveragePool', ...base });
        break;
      case 'Dropout':
        if (config.noiseShape !== undefined && config.noiseShape !== null)
          throw unsupported(layer, 'noiseShape is not supported');
        this.ops.push({ kind: 'dropout', ...base, rate: config.rate as number });
        break;
      case 'Flatten':
        this.ops.push({ kind: 'flatten', ...base });
        break;
      case 'Dense':
        this.#dense(layer, config, base, shape, isLast);
        break;
      case 'Add':
        if (inputs.length !== 2) throw unsupported(layer, `${inputs.length} inputs, expected 2`);
        this.ops.push({ kind: 'add', ...base, other: inputs[1] as string });
        break;
      default:
        throw unsupported(layer, 'the training graph does not know this kind of layer');
    }
    this.shapes.set(output, shape);
    this.names.set(symbolic.name, output);
  }

  #parameter(layer: tf.layers.Layer, suffix: string, role: Parameter['role']): string {
    const weight = layer.weights.find(({ originalName }) => originalName.endsWith(`/${suffix}`));
    if (weight === undefined) throw unsupported(layer, `has no weight ${suffix}`);
    const name = `${layer.name}/${suffix}`;
    this.parameters.push({ name, shape: weight.shape as number[], role });
    return name;
  }

  /** A relu within a layer becomes an operation of its own behind it. */
  #activation(
    layer: tf.layers.Layer,
    config: LayerConfig,
    base: { layer: string; output: string },
    shape: readonly number[],
  ): string {
    if (config.activation === 'linear' || config.activation === undefined) return base.output;
    if (config.activation !== 'relu')
      throw unsupported(layer, `activation ${String(config.activation)}, expected linear or relu`);
    const before = `${base.output}_linear`;
    this.shapes.set(before, shape);
    return before;
  }

  #pushRelu(base: { layer: string; output: string }, linear: string): void {
    if (linear !== base.output) this.ops.push({ kind: 'relu', layer: base.layer, input: linear, output: base.output });
  }

  #convolution(
    layer: tf.layers.Layer,
    config: LayerConfig,
    base: { layer: string; input: string; output: string },
    shape: number[],
  ): void {
    const size = config.kernelSize as Pair;
    const stride = config.strides as Pair;
    const dilation = [config.dilationRate ?? 1].flat() as number[];
    if (dilation.some((rate) => rate !== 1)) throw unsupported(layer, 'dilation is not supported');
    const linear = this.#activation(layer, config, base, shape);
    this.ops.push({
      kind: 'conv2d',
      ...base,
      output: linear,
      kernel: this.#parameter(layer, 'kernel', 'kernel'),
      bias: config.useBias ? this.#parameter(layer, 'bias', 'bias') : undefined,
      size,
      stride,
      padding: this.#padding(layer, config, base.input, shape, size, stride),
    });
    this.#pushRelu(base, linear);
  }

  /** tfjs's `same`: as many pixels as the outputs need, the odd one below and on the right. */
  #padding(
    layer: tf.layers.Layer,
    config: LayerConfig,
    input: string,
    output: number[],
    size: Pair,
    stride: Pair,
  ): Padding {
    if (config.padding === 'valid') return [0, 0, 0, 0];
    if (config.padding !== 'same')
      throw unsupported(layer, `padding ${String(config.padding)}, expected same or valid`);
    const inputShape = this.shapes.get(input) as readonly number[];
    const total = [0, 1].map((axis) =>
      Math.max(
        ((output[axis] as number) - 1) * (stride[axis] as number) +
          (size[axis] as number) -
          (inputShape[axis] as number),
        0,
      ),
    ) as [number, number];
    const [top, left] = total.map((pixels) => Math.floor(pixels / 2)) as [number, number];
    return [top, left, total[0] - top, total[1] - left];
  }

  #batchNorm(
    layer: tf.layers.Layer,
    config: LayerConfig,
    base: { layer: string; input: string; output: string },
  ): void {
    const axis = config.axis as number;
    const rank = (this.shapes.get(base.input) as readonly number[]).length;
    if (axis !== -1 && axis !== rank) throw unsupported(layer, `axis ${axis}, expected the last`);
    if (!config.scale || !config.center) throw unsupported(layer, 'expected scale and center');
    this.ops.push({
      kind: 'batchNorm',
      ...base,
      gamma: this.#parameter(layer, 'gamma', 'bias'),
      beta: this.#parameter(layer, 'beta', 'bias'),
      movingMean: this.#parameter(layer, 'moving_mean', 'statistic'),
      movingVariance: this.#parameter(layer, 'moving_variance', 'statistic'),
      epsilon: config.epsilon as number,
      momentum: config.momentum as number,
    });
  }

  #pool(
    layer: tf.layers.Layer,
    config: LayerConfig,
    base: { layer: string; input: string; output: string },
    shape: number[],
  ): void {
    const size = config.poolSize as Pair;
    const stride = config.strides as Pair;
    const [height, width] = this.shapes.get(base.input) as [number, number];
    if (shape.some((length) => length < 1))
      throw unsupported(layer, `a window of ${size.join(' x ')} does not fit into ${height} x ${width}`);
    this.ops.push({
      kind: layer.getClassName() === 'MaxPooling2D' ? 'maxPool' : 'averagePool',
      ...base,
      size,
      stride,
      padding: this.#padding(layer, config, base.input, shape, size, stride),
    });
  }

  #dense(
    layer: tf.layers.Layer,
    config: LayerConfig,
    base: { layer: string; input: string; output: string },
    shape: number[],
    isLast: boolean,
  ): void {
    const inputShape = this.shapes.get(base.input) as readonly number[];
    if (inputShape.length !== 1)
      throw unsupported(layer, `input of shape [${inputShape.join(', ')}], expected a vector, as flatten makes it`);
    const softmaxAtTheEnd = isLast && config.activation === 'softmax';
    const linear = softmaxAtTheEnd ? base.output : this.#activation(layer, config, base, shape);
    this.ops.push({
      kind: 'dense',
      ...base,
      output: linear,
      kernel: this.#parameter(layer, 'kernel', 'kernel'),
      bias: config.useBias ? this.#parameter(layer, 'bias', 'bias') : undefined,
    });
    this.#pushRelu(base, linear);
  }
}
