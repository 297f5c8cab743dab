import type { Matrix } from '@csx/wgsl-kernels';
import type { ModelGraph } from './graph/model-graph.ts';

/** Parameter name -> values, in tfjs's layout. */
export type Weights = ReadonlyMap<string, Float32Array>;

/** All that a training step carries from one batch to the next. */
export interface TrainState {
  readonly weights: Weights;
  /** Momentum of each trainable parameter. */
  readonly momenta: Weights;
}

/** Softmax cross-entropy, and what is changed of it; formulas: `createSoftmaxCrossEntropy`. */
export interface LossOptions {
  /** Spreads this share of every label over all classes; 0 unless told. */
  readonly labelSmoothing?: number;
  /** [c]: weight of each class in the loss; 1 unless told. */
  readonly classWeights?: Float32Array;
  /** [c]: what is added to each class's logit while it trains; 0 unless told. */
  readonly logitOffsets?: Float32Array;
  /** [c]: what is taken off a class's logit in its own rows while it trains; 0 unless told. Not together with smoothing. */
  readonly margins?: Float32Array;
  /** Multiplies the logits while they train, after offsets and margins; 1 unless told. */
  readonly logitScale?: number;
  /** The exponent of the focal loss; 0, none, unless told. Not together with smoothing. */
  readonly focalGamma?: number;
}

export interface TrainStepOptions extends LossOptions {
  readonly batchSize: number;
  readonly momentum: number;
  /** L2 penalty on kernels; biases, gammas and betas do not decay. */
  readonly weightDecay: number;
  /** Nesterov's momentum; false unless told. */
  readonly nesterov?: boolean;
  /**
   * Most latents that a batch may bring along: vectors that enter the last dense layer beside those of the images, and
   * train that layer alone. 0 unless told.
   */
  readonly latentBatchSize?: number;
  /** How images that come as bytes are changed at random; not at all unless told. */
  readonly augmentation?: AugmentationOptions;
  /**
   * Computes a batch in so many equal parts, one after the other, and adds their gradients up: for batches that do not fit
   * the device at once. Batch norms take the statistics of a part, and their running statistics every part in turn. Only
   * the GPU engine splits; 1 unless told.
   */
  readonly microBatches?: number;
  /** Of the masks of dropouts; 0 unless told. */
  readonly seed?: number;
}

export interface AugmentationOptions {
  /** Half of the images are mirrored left to right. */
  readonly flip: boolean;
  /** Images move by up to so many pixels in each direction; zeros, the mean of a channel, follow. */
  readonly shift: number;
  /** An image's changes depend on it, on the image's row and on the epoch alone. */
  readonly seed: number;
}

/** Images as bytes, for the engine to standardise and augment. */
export interface PixelBatch {
  /** [batchSize, height, width, channels] */
  readonly pixels: Uint8Array;
  /** [batchSize]: the images' rows in their data set. */
  readonly rows: Uint32Array;
  readonly epoch: number;
  /** [channels, 256]: the value of each byte, as `standardizationTable` makes it. */
  readonly table: Float32Array;
}

/** Latents that train the last dense layer alone. */
export interface LatentBatch {
  /** [n, d] */
  readonly data: Float32Array;
  /** [n] class indices; n is at most `latentBatchSize`. */
  readonly labels: Uint32Array;
}

export interface TrainBatch {
  /** [batchSize, ...input shape], channels last; or the bytes of images */
  readonly inputs: Float32Array | PixelBatch;
  /** [batchSize] class indices */
  readonly labels: Uint8Array | Uint32Array;
  readonly learningRate: number;
  readonly latents?: LatentBatch;
  /** Number of the step, from which dropouts draw; that of the steps since `setState` unless told. */
  readonly step?: number;
}

export interface BatchResult {
  /** The loss before the update: the mean over images and latents, weighted by class where asked for. */
  readonly loss: number;
  /** Rows (images and latents) whose largest logit was their class, before the update. */
  readonly correctCount: number;
  /** Of a step whose loss is not finite: the first layer whose values were not, as far as the engine can tell. */
  readonly nonFiniteLayer?: string;
}

/**
 * A compiled training step. The state lives in the engine, and so do the results until they are asked for: on a GPU,
 * steps are queued one behind the other and nothing is read back in between.
 */
export interface TrainStep {
  readonly batchSize: number;
  setState(state: TrainState): void;
  getState(): Promise<TrainState>;
  /**
   * Forward, backward and one update: v = momentum * v + g + weightDecay * w; w = w - learningRate * v. Resolves when
   * the engine takes the next batch, whose arrays may be the same ones. A step whose loss is not finite does not
   * update.
   */
  run(batch: TrainBatch): Promise<void>;
  /** What each step since the last call (or `setState`) came to, in order. */
  results(): Promise<readonly BatchResult[]>;
  dispose(): Promise<void>;
}

/** As of a training step, but for the sizes, which no graph tells. */
export interface HeadOptions
  extends Pick<TrainStepOptions, 'batchSize' | 'momentum' | 'weightDecay' | 'nesterov'>,
    LossOptions {
  /** Values of a latent. */
  readonly d: number;
  readonly classCount: number;
}

/** Latents and their classes. */
export interface LabelledLatents {
  /** [n, d] */
  readonly latents: Matrix;
  /** [n] class indices */
  readonly labels: Uint32Array;
}

export interface HeadEpoch {
  /** [n] rows of the latents: each batch behind the other. Those that do not fill the last batch are left out. */
  readonly order: Uint32Array;
  readonly learningRate: number;
  /** Ends the epoch early with its reason, where the engine can. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * The training of a linear softmax classifier alone, on latents that the engine keeps: a step as of `TrainStep` on
 * `classifierHeadGraph`, whose parameters its state names, for every batch of an epoch.
 */
export interface HeadTraining {
  readonly batchSize: number;
  setState(state: TrainState): void;
  getState(): Promise<TrainState>;
  /**
   * What the epochs that follow train on: the rows of all parts, one part behind the other, at least a batch. Parts that
   * are the first ones of the call before, the same objects, stay where they are: their values may not change.
   */
  setLatents(parts: readonly LabelledLatents[]): Promise<void>;
  /** One epoch; on a GPU it is one submission. What each step came to, in order. */
  trainEpoch(epoch: HeadEpoch): Promise<readonly BatchResult[]>;
  dispose(): Promise<void>;
}

export interface ForwardResult {
  /** [n, d] */
  readonly latents: Float32Array;
  /** [n, c] */
  readonly logits: Float32Array;
}

/** A compiled network in evaluation mode (running statistics), with fixed weights. */
export interface ForwardPass {
  readonly batchSize: number;
  /** Any number of rows up to batchSize, channels last. */
  run(inputs: Float32Array, n: number): Promise<ForwardResult>;
  dispose(): Promise<void>;
}

/** A compiled network in evaluation mode whose weights may change from run to run. */
export interface ReweightableForwardPass extends ForwardPass {
  /** The weights of the runs that follow; none may go before. */
  setWeights(weights: Weights): void;
}

/** Runs model graphs: our kernels on a GPU, or ONNX Runtime on the CPU. One engine serves many graphs. */
export interface TrainingEngine {
  /** Library, version, backend and threads, or the adapter; for records. */
  readonly name: string;
  compileTrainStep(graph: ModelGraph, options: TrainStepOptions): Promise<TrainStep>;
  compileHead(options: HeadOptions): Promise<HeadTraining>;
  compileForward(graph: ModelGraph, weights: Weights, batchSize: number): Promise<ForwardPass>;
  /** For a network that is trained between its runs; fixed weights may be laid out once, and run faster. */
  compileReweightableForward(graph: ModelGraph, batchSize: number): Promise<ReweightableForwardPass>;
}
