import type { Binding, Recorder } from '../../session/step.ts';

export interface BatchNormShape {
  /** batch * height * width */
  readonly rows: number;
  readonly channels: number;
  /** Whether a ReLU follows. */
  readonly relu: boolean;
}

export interface BatchNormInferenceOptions extends BatchNormShape {
  /** Added to the variance; > 0. */
  readonly epsilon: number;
}

export interface BatchNormTrainingOptions extends BatchNormInferenceOptions {
  /** What remains of the running statistics after one batch; in [0, 1]. */
  readonly momentum: number;
}

/** Existing buffers of f32; input and output as they were prepared to be stored. */
export interface BatchNormTrainingIo {
  /** [rows, channels] */
  readonly input: Binding;
  /** [channels] */
  readonly gamma: Binding;
  /** [channels] */
  readonly beta: Binding;
  /** [channels], updated in place. */
  readonly movingMean: Binding;
  /** [channels], updated in place. */
  readonly movingVariance: Binding;
  /** [channels], the batch's mean, for the gradient. */
  readonly savedMean: Binding;
  /** [channels], 1 / sqrt(the batch's variance + epsilon), for the gradient. */
  readonly savedInverse: Binding;
  /** [rows, channels] */
  readonly output: Binding;
}

/** Existing buffers of f32. */
export interface BatchNormInferenceIo {
  /** [rows, channels] */
  readonly input: Binding;
  /** [channels] */
  readonly gamma: Binding;
  /** [channels] */
  readonly beta: Binding;
  /** [channels] */
  readonly movingMean: Binding;
  /** [channels] */
  readonly movingVariance: Binding;
  /** [rows, channels] */
  readonly output: Binding;
}

/** Existing buffers of f32; input and output as they were prepared to be stored. */
export interface BatchNormGradientIo {
  /** [rows, channels], as in the forward pass. */
  readonly input: Binding;
  /** [rows, channels], as the forward pass wrote it: tells where the ReLU was open. Not read without ReLU. */
  readonly output: Binding;
  /** [rows, channels] */
  readonly outputGradient: Binding;
  /** [channels] */
  readonly gamma: Binding;
  /** [channels] */
  readonly savedMean: Binding;
  /** [channels] */
  readonly savedInverse: Binding;
  /** [rows, channels] */
  readonly inputGradient: Binding;
  /** [channels] */
  readonly gammaGradient: Binding;
  /** [channels] */
  readonly betaGradient: Binding;
}

/** A compiled kernel for one shape. */
export interface PreparedBatchNorm<Io> {
  encode(recorder: Recorder, io: Io): void;
}

/** Arrays in place of buffers: rows * channels values of input and output, one of all else for each channel. */
export type Arrays<Io, Names extends keyof Io> = { readonly [Name in Names]: Float32Array };

export type BatchNormTrainingRun = BatchNormTrainingOptions &
  Arrays<BatchNormTrainingIo, 'input' | 'gamma' | 'beta' | 'movingMean' | 'movingVariance'>;
export type BatchNormTrainingOutput = Arrays<
  BatchNormTrainingIo,
  'movingMean' | 'movingVariance' | 'savedMean' | 'savedInverse' | 'output'
>;
export type BatchNormInferenceRun = BatchNormInferenceOptions &
  Arrays<BatchNormInferenceIo, 'input' | 'gamma' | 'beta' | 'movingMean' | 'movingVariance'>;
export type BatchNormGradientRun = BatchNormShape &
  Arrays<BatchNormGradientIo, 'input' | 'output' | 'outputGradient' | 'gamma' | 'savedMean' | 'savedInverse'>;
export type BatchNormGradientOutput = Arrays<BatchNormGradientIo, 'inputGradient' | 'gammaGradient' | 'betaGradient'>;
