import { InvalidOptionError } from '@csx/wgsl-kernels';
import * as tf from '@tensorflow/tfjs';

export const backboneNames = ['vgg19', 'resnet20', 'resnet32', 'small'] as const;
export type BackboneName = (typeof backboneNames)[number];

/** A network as tfjs defines, saves and serves it. */
export type Backbone = tf.LayersModel;

export interface BackboneOptions {
  readonly name: BackboneName;
  /** Multiplies every channel count (rounded, at least 1). */
  readonly width: number;
  readonly classCount: number;
  /** [height, width, channels] */
  readonly inputShape: readonly [number, number, number];
}

/**
 * A network as a tfjs LayersModel, all weights zero: `initializeWeights` fills them. Its last layer,
 * `classifier`, is a dense layer without activation, so the model's output is logits.
 * @throws InvalidOptionError if the input is too small for the network's poolings
 */
export function createBackbone(options: BackboneOptions): Backbone {
  const [height, width] = options.inputShape;
  const factor = downsampling[options.name];
  if (height % factor !== 0 || width % factor !== 0) {
    throw new InvalidOptionError(
      `backbone ${options.name}: images of ${height} x ${width}, expected multiples of ${factor}`,
      {
        hint: 'resize the images or choose another backbone',
      },
    );
  }
  const input = tf.input({ shape: [...options.inputShape], name: 'image' });
  const channels = (count: number) => Math.max(1, Math.round(count * options.width));
  const features = bodies[options.name](input, channels);
  const logits = tf.layers
    .dense({ units: options.classCount, name: 'classifier', kernelInitializer: 'zeros' })
    .apply(features) as tf.SymbolicTensor;
  return tf.model({ inputs: input, outputs: logits, name: options.name });
}

type Body = (input: tf.SymbolicTensor, channels: (count: number) => number) => tf.SymbolicTensor;

const downsampling: Record<BackboneName, number> = { vgg19: 32, resnet20: 4, resnet32: 4, small: 8 };

/** Simonyan and Zisserman's configuration E with batch norm, cut for small images: 16 convolutions, 5 poolings, one dense layer. */
const vgg19Blocks = [
  [2, 64],
  [2, 128],
  [4, 256],
  [4, 512],
  [4, 512],
] as const;
/** Three convolutions: trains in seconds. */
const smallBlocks = [
  [1, 32],
  [1, 64],
  [1, 128],
] as const;

const bodies: Record<BackboneName, Body> = {
  vgg19: (input, channels) => plainBlocks(input, vgg19Blocks, channels),
  small: (input, channels) => plainBlocks(input, smallBlocks, channels),
  resnet20: (input, channels) => residualStages(input, 3, channels),
  resnet32: (input, channels) => residualStages(input, 5, channels),
};

function convolution(
  x: tf.SymbolicTensor,
  name: string,
  filters: number,
  size: number,
  strides: number,
): tf.SymbolicTensor {
  // No bias: the batch norm that follows would take it out again.
  const convolved = tf.layers
    .conv2d({ filters, kernelSize: size, strides, padding: 'same', useBias: false, kernelInitializer: 'zeros', name })
    .apply(x);
  return tf.layers
    .batchNormalization({ momentum: 0.9, epsilon: 1e-5, name: `${name}_norm` })
    .apply(convolved) as tf.SymbolicTensor;
}

function relu(x: tf.SymbolicTensor, name: string): tf.SymbolicTensor {
  return tf.layers.reLU({ name }).apply(x) as tf.SymbolicTensor;
}

function plainBlocks(
  input: tf.SymbolicTensor,
  blocks: readonly (readonly [number, number])[],
  channels: (count: number) => number,
): tf.SymbolicTensor {
  let x = input;
  blocks.forEach(([depth, count], block) => {
    for (let i = 0; i < depth; i++) {
      const name = `conv${block + 1}_${i + 1}`;
      x = relu(convolution(x, name, channels(count), 3, 1), `${name}_relu`);
    }
    x = tf.layers.maxPooling2d({ poolSize: 2, strides: 2, name: `pool${block + 1}` }).apply(x) as tf.SymbolicTensor;
  });
  // VGG19 ends on 1 x 1 at 32 x 32; the small network on 4 x 4, which the mean reduces to one vector.
  return blocks === vgg19Blocks
    ? (tf.layers.flatten({ name: 'latent' }).apply(x) as tf.SymbolicTensor)
    : (tf.layers.globalAveragePooling2d({ name: 'latent' } as never).apply(x) as tf.SymbolicTensor);
}

/**
 * He, Zhang, Ren and Sun (2016), section 4.2: three stages of `blocks` residual blocks of 16, 32 and 64 channels.
 * Where the channels change, the shortcut is a 1 x 1 convolution (their option B).
 */
function residualStages(
  input: tf.SymbolicTensor,
  blocks: number,
  channels: (count: number) => number,
): tf.SymbolicTensor {
  let x = relu(convolution(input, 'conv1', channels(16), 3, 1), 'conv1_relu');
  [16, 32, 64].forEach((count, stage) => {
    for (let block = 0; block < blocks; block++) {
      const name = `stage${stage + 1}_block${block + 1}`;
      const strides = stage > 0 && block === 0 ? 2 : 1;
      const first = relu(convolution(x, `${name}_conv1`, channels(count), 3, strides), `${name}_relu1`);
      const second = convolution(first, `${name}_conv2`, channels(count), 3, 1);
      const shortcut = strides === 1 ? x : convolution(x, `${name}_shortcut`, channels(count), 1, strides);
      const sum = tf.layers.add({ name: `${name}_add` }).apply([second, shortcut]) as tf.SymbolicTensor;
      x = relu(sum, `${name}_relu2`);
    }
  });
  return tf.layers.globalAveragePooling2d({ name: 'latent' } as never).apply(x) as tf.SymbolicTensor;
}
