import type { ModelGraph } from './graph/model-graph.ts';

/** Parameter name -> values, in tfjs's layout. */
export type Weights = ReadonlyMap<string, Float32Array>;

/** All that a training step carries from one batch to the next. */
export interface TrainState {
  readonly weights: Weights;
  /** Momentum of each trainable parameter. */
  readonly momenta: Weights;
}

export interface TrainStepOptions {
  readonly batchSize: number;
  readonly momentum: number;
  /** L2 penalty on kernels; biases, gammas and betas do not decay. */
  readonly weightDecay: number;
}

export interface BatchResult {
  /** Mean softmax cross-entropy over the batch, before the update. */
  readonly loss: number;
  /** Rows whose largest logit was their class, before the update. */
  readonly correctCount: number;
}

/** A compiled training step: the state lives in the engine and is read out between epochs. */
export interface TrainStep {
  readonly batchSize: number;
  setState(state: TrainState): void;
  getState(): TrainState;
  /**
   * Forward, backward and one update: v = momentum * v + g + weightDecay * w; w = w - learningRate * v.
   * @param inputs [batchSize, ...input shape], channels last
   * @param labels [batchSize] class indices
   */
  run(inputs: Float32Array, labels: Uint8Array | Uint32Array, learningRate: number): Promise<BatchResult>;
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

/** Runs model graphs: ONNX Runtime on the CPU. One engine serves many graphs. */
export interface TrainingEngine {
  /** Library, version, backend and threads, for records. */
  readonly name: string;
  compileTrainStep(graph: ModelGraph, options: TrainStepOptions): Promise<TrainStep>;
  compileForward(graph: ModelGraph, weights: Weights, batchSize: number): Promise<ForwardPass>;
}
