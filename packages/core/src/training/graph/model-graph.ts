/**
 * A network as a list of few typed operations, independent of the library that defined it and of
 * the engine that runs it. Activations are channels last and shapes leave out the batch axis.
 */
export interface ModelGraph {
  /** Name of the input tensor. */
  readonly input: string;
  /** In an order in which every tensor is made before it is used. */
  readonly ops: readonly ForwardOp[];
  /** [c] class scores before the softmax. */
  readonly logits: string;
  /** The vector that enters the last dense operation. */
  readonly latent: string;
  /** Shape of every tensor, without the batch axis: [height, width, channels] or [d]. */
  readonly shapes: ReadonlyMap<string, readonly number[]>;
  readonly parameters: readonly Parameter[];
}

/** A weight, in tfjs's layout: convolution kernels [kh, kw, in, out], dense kernels [in, out]. */
export interface Parameter {
  /** The tfjs weight's name, `layer/kernel`. */
  readonly name: string;
  readonly shape: readonly number[];
  /** `kernel` decays and trains, `bias` (also gamma and beta) trains, `statistic` is a running mean or variance. */
  readonly role: 'kernel' | 'bias' | 'statistic';
}

/** [top, left, bottom, right] pixels. */
export type Padding = readonly [number, number, number, number];
export type Pair = readonly [number, number];

interface OpBase {
  /** The layer it comes from: named in errors and in the engine's nodes. */
  readonly layer: string;
  readonly input: string;
  readonly output: string;
}

export interface Conv2dOp extends OpBase {
  readonly kind: 'conv2d';
  readonly kernel: string;
  readonly bias: string | undefined;
  readonly size: Pair;
  readonly stride: Pair;
  readonly padding: Padding;
}

/** y = gamma * (x - mean) / sqrt(variance + epsilon) + beta over all axes but the last. */
export interface BatchNormOp extends OpBase {
  readonly kind: 'batchNorm';
  readonly gamma: string;
  readonly beta: string;
  readonly movingMean: string;
  readonly movingVariance: string;
  readonly epsilon: number;
  /** moving = momentum * moving + (1 - momentum) * batch, with the batch's biased variance, as tfjs does. */
  readonly momentum: number;
}

export interface ReluOp extends OpBase {
  readonly kind: 'relu';
}

/**
 * Windows may overlap and leave gaps. Padding takes no part: an average is that of the window's values within the image.
 * The gradient of a maximum goes to the first of equal ones, row by row, as in tfjs.
 */
export interface PoolOp extends OpBase {
  readonly kind: 'maxPool' | 'averagePool';
  readonly size: Pair;
  readonly stride: Pair;
  readonly padding: Padding;
}

export interface GlobalAveragePoolOp extends OpBase {
  readonly kind: 'globalAveragePool';
}

export interface FlattenOp extends OpBase {
  readonly kind: 'flatten';
}

export interface DenseOp extends OpBase {
  readonly kind: 'dense';
  readonly kernel: string;
  readonly bias: string | undefined;
}

/** output = input + other. */
export interface AddOp extends OpBase {
  readonly kind: 'add';
  readonly other: string;
}

/** In training: output = input / (1 - rate), or 0 with the probability `rate`. In evaluation: output = input. */
export interface DropoutOp extends OpBase {
  readonly kind: 'dropout';
  /** In [0, 1). */
  readonly rate: number;
}

export type ForwardOp =
  | Conv2dOp
  | BatchNormOp
  | ReluOp
  | PoolOp
  | GlobalAveragePoolOp
  | FlattenOp
  | DenseOp
  | AddOp
  | DropoutOp;

/** The parameters that a training changes by their gradients. */
export function trainableParameters(graph: ModelGraph): readonly Parameter[] {
  return graph.parameters.filter(({ role }) => role !== 'statistic');
}

/** The shape of a tensor of the graph; asking for one that is not there is a bug. */
export function shapeOf(graph: ModelGraph, tensor: string): readonly number[] {
  const shape = graph.shapes.get(tensor);
  if (shape === undefined) throw new RangeError(`model graph: no tensor ${tensor}`);
  return shape;
}

export function elementCount(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}

/** Parameters of a classifier head: [d, c] and [c]. A backbone's last layer has the same names. */
export const headKernel = 'classifier/kernel';
export const headBias = 'classifier/bias';

/** A linear classifier on latents, as a graph of one operation: logits = latent * kernel + bias. */
export function classifierHeadGraph(d: number, classCount: number): ModelGraph {
  return {
    input: 'latent',
    ops: [
      {
        kind: 'dense',
        layer: 'classifier',
        input: 'latent',
        output: 'logits',
        kernel: headKernel,
        bias: headBias,
      },
    ],
    logits: 'logits',
    latent: 'latent',
    shapes: new Map([
      ['latent', [d]],
      ['logits', [classCount]],
    ]),
    parameters: [
      { name: headKernel, shape: [d, classCount], role: 'kernel' },
      { name: headBias, shape: [classCount], role: 'bias' },
    ],
  };
}
