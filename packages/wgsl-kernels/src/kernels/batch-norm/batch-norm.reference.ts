/** Values of one batch, [rows, channels] row-major; a row is one pixel of one image. */
export interface BatchNormReferenceInput {
  readonly input: ArrayLike<number>;
  readonly rows: number;
  readonly channels: number;
  readonly gamma: ArrayLike<number>;
  readonly beta: ArrayLike<number>;
  readonly relu: boolean;
}

export interface BatchNormStatistics {
  readonly mean: Float64Array;
  /** Biased: divided by the number of rows. */
  readonly variance: Float64Array;
}

/** Mean and biased variance of each channel in float64, in two passes. Inputs are not checked. */
export function batchStatisticsReference(
  input: ArrayLike<number>,
  rows: number,
  channels: number,
): BatchNormStatistics {
  const mean = new Float64Array(channels);
  const variance = new Float64Array(channels);
  for (let at = 0; at < rows * channels; at++) mean[at % channels] += input[at] / rows;
  for (let at = 0; at < rows * channels; at++) variance[at % channels] += (input[at] - mean[at % channels]) ** 2 / rows;
  return { mean, variance };
}

/** (x - mean) * inverse * gamma + beta, with ReLU if wanted, in float64. Inputs are not checked. */
export function normalizeReference(
  { input, rows, channels, gamma, beta, relu }: BatchNormReferenceInput,
  mean: ArrayLike<number>,
  inverse: ArrayLike<number>,
): Float64Array {
  const output = new Float64Array(rows * channels);
  for (let at = 0; at < output.length; at++) {
    const channel = at % channels;
    const y = (input[at] - mean[channel]) * inverse[channel] * gamma[channel] + beta[channel];
    output[at] = relu ? Math.max(y, 0) : y;
  }
  return output;
}

export interface BatchNormGradientReferenceInput {
  readonly input: ArrayLike<number>;
  /** Read for the ReLU's mask only. */
  readonly output: ArrayLike<number>;
  readonly outputGradient: ArrayLike<number>;
  readonly rows: number;
  readonly channels: number;
  readonly gamma: ArrayLike<number>;
  readonly mean: ArrayLike<number>;
  readonly inverse: ArrayLike<number>;
  readonly relu: boolean;
}

export interface BatchNormGradients {
  readonly inputGradient: Float64Array;
  readonly gammaGradient: Float64Array;
  readonly betaGradient: Float64Array;
}

/** The gradients through the batch's own mean and variance, in float64. Inputs are not checked. */
export function batchNormGradientReference(of: BatchNormGradientReferenceInput): BatchNormGradients {
  const { rows, channels, gamma, mean, inverse } = of;
  const inputGradient = new Float64Array(rows * channels);
  const gammaGradient = new Float64Array(channels);
  const betaGradient = new Float64Array(channels);
  const g = (at: number) => (of.relu && !(of.output[at] > 0) ? 0 : of.outputGradient[at]);
  const normalized = (at: number) => (of.input[at] - mean[at % channels]) * inverse[at % channels];
  for (let at = 0; at < inputGradient.length; at++) {
    gammaGradient[at % channels] += g(at) * normalized(at);
    betaGradient[at % channels] += g(at);
  }
  for (let at = 0; at < inputGradient.length; at++) {
    const channel = at % channels;
    const centered = g(at) - betaGradient[channel] / rows - (normalized(at) * gammaGradient[channel]) / rows;
    inputGradient[at] = gamma[channel] * inverse[channel] * centered;
  }
  return { inputGradient, gammaGradient, betaGradient };
}
