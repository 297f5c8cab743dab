import {
  batchNormGradientBounds,
  batchNormGradientReference,
  batchStatisticsBounds,
  batchStatisticsReference,
  inferenceBounds,
  movingBound,
  normalizeBound,
  normalizeReference,
} from '@csx/wgsl-kernels';
import type { BenchCase, BenchContext, Judgement } from '../bench-case.ts';
import { evenValues } from '../random-values.ts';
import { judgeWithin } from './judge.ts';
import { grouped, kernelCase } from './kernel-case.ts';

export const batchNormPasses = ['training', 'inference', 'gradient'] as const;
type BatchNormPass = (typeof batchNormPasses)[number];

/** Pixels of a batch, and channels. */
interface BatchNormSizes {
  readonly rows: number;
  readonly channels: number;
}

const [epsilon, momentum] = [1e-3, 0.99];
/** Bytes and operations of a value; there is a ReLU behind it. */
const costs = {
  training: { bytes: 12, flop: 7 },
  inference: { bytes: 8, flop: 3 },
  gradient: { bytes: 28, flop: 9 },
} as const satisfies Record<BatchNormPass, object>;

const forwardInputs = ({ rows, channels }: BatchNormSizes, seed: number) => ({
  input: evenValues(rows * channels, seed, 34),
  gamma: evenValues(channels, seed, 35),
  beta: evenValues(channels, seed, 36),
  movingMean: evenValues(channels, seed, 37),
  movingVariance: evenValues(channels, seed, 38).map((value) => value + 1.5),
});
type ForwardInputs = ReturnType<typeof forwardInputs>;

const inverseOf = (variance: ArrayLike<number>) => Float64Array.from(variance, (v) => 1 / Math.sqrt(v + epsilon));

function judgeTraining(sizes: BatchNormSizes, inputs: ForwardInputs, values: Float32Array): Judgement {
  const { rows, channels } = sizes;
  const { input, gamma, movingMean, movingVariance } = inputs;
  const { mean, variance } = batchStatisticsReference(input, rows, channels);
  const inverse = inverseOf(variance);
  const lowest = new Float64Array(channels).fill(Infinity);
  const highest = new Float64Array(channels).fill(-Infinity);
  for (let at = 0; at < input.length; at++) {
    lowest[at % channels] = Math.min(lowest[at % channels], input[at]);
    highest[at % channels] = Math.max(highest[at % channels], input[at]);
  }
  const bounds = Array.from(mean, (_, at) =>
    batchStatisticsBounds({ rows, mean: mean[at], variance: variance[at], range: highest[at] - lowest[at] }, epsilon),
  );
  const output = normalizeReference({ ...sizes, ...inputs, relu: true }, mean, inverse);
  const outputBound = (at: number) => {
    const channel = at % channels;
    const scale = gamma[channel] * inverse[channel];
    return normalizeBound({ deviation: input[at] - mean[channel], scale, output: output[at] }, bounds[channel]);
  };
  const moved = (moving: Float32Array, batch: Float64Array, name: 'mean' | 'variance') => ({
    values: batch.map((value, at) => momentum * moving[at] + (1 - momentum) * value),
    bound: (at: number) => movingBound(moving[at], batch[at], bounds[at][name], momentum),
  });
  return judgeWithin('output and statistics beside float64', values, [
    { values: output, bound: outputBound },
    { values: mean, bound: (at) => bounds[at].mean },
    { values: inverse, bound: (at) => inverse[at] * bounds[at].inverse },
    moved(movingMean, mean, 'mean'),
    moved(movingVariance, variance, 'variance'),
  ]);
}

function judgeInference(sizes: BatchNormSizes, inputs: ForwardInputs, values: Float32Array): Judgement {
  const { input, gamma, movingMean, movingVariance } = inputs;
  const inverse = inverseOf(movingVariance);
  const output = normalizeReference({ ...sizes, ...inputs, relu: true }, movingMean, inverse);
  const bound = (at: number) => {
    const channel = at % sizes.channels;
    const scale = gamma[channel] * inverse[channel];
    return normalizeBound({ deviation: input[at] - movingMean[channel], scale, output: output[at] }, inferenceBounds);
  };
  return judgeWithin('every value beside float64', values, [{ values: output, bound }]);
}

/** What a forward pass leaves, and the gradient of its output. */
function gradientInputs(sizes: BatchNormSizes, seed: number) {
  const { rows, channels } = sizes;
  const { input, gamma, beta } = forwardInputs(sizes, seed);
  const { mean, variance } = batchStatisticsReference(input, rows, channels);
  const inverse = inverseOf(variance);
  return {
    input,
    gamma,
    savedMean: Float32Array.from(mean),
    savedInverse: Float32Array.from(inverse),
    output: Float32Array.from(normalizeReference({ ...sizes, input, gamma, beta, relu: true }, mean, inverse)),
    outputGradient: evenValues(rows * channels, seed, 39),
  };
}

function judgeGradient(
  { rows, channels }: BatchNormSizes,
  inputs: ReturnType<typeof gradientInputs>,
  values: Float32Array,
): Judgement {
  const { input, gamma, savedMean, savedInverse, output } = inputs;
  const expected = batchNormGradientReference({
    ...{ rows, channels, relu: true },
    ...inputs,
    ...{ mean: savedMean, inverse: savedInverse },
  });
  const g = inputs.outputGradient.map((value, at) => (output[at] > 0 ? value : 0));
  const deviation = (at: number) => input[at] - savedMean[at % channels];
  const sums = new Float64Array(channels);
  const products = new Float64Array(channels);
  for (let at = 0; at < g.length; at++) {
    sums[at % channels] += Math.abs(g[at]);
    products[at % channels] += Math.abs(g[at] * deviation(at));
  }
  const bounds = Array.from(gamma, (value, at) => {
    const absolute = { absoluteSum: sums[at], absoluteProducts: products[at] };
    return batchNormGradientBounds({ rows, gamma: value, inverse: savedInverse[at], ...absolute });
  });
  return judgeWithin('the gradients by input, gamma and beta beside float64', values, [
    { values: expected.inputGradient, bound: (at) => bounds[at % channels].inputGradient(g[at], deviation(at)) },
    { values: expected.gammaGradient, bound: (at) => bounds[at].gammaGradient },
    { values: expected.betaGradient, bound: (at) => bounds[at].betaGradient },
  ]);
}

export function batchNormCase(pass: BatchNormPass, sizes: BatchNormSizes, context: BenchContext): BenchCase {
  const { rows, channels } = sizes;
  const { bytes, flop } = costs[pass];
  const described = {
    kernel: 'batch-norm',
    name: `${pass}, ${grouped(rows)} pixels x ${channels}, ReLU`,
    shape: { pass, rows, channels, epsilon, momentum },
    flop: flop * rows * channels,
    bytes: bytes * rows * channels,
  };
  if (pass === 'gradient') {
    return kernelCase(
      {
        ...described,
        inputs: (seed) => gradientInputs(sizes, seed),
        judge: (inputs, values) => judgeGradient(sizes, inputs, values),
      },
      context,
    );
  }
  const judge = pass === 'training' ? judgeTraining : judgeInference;
  return kernelCase(
    {
      ...described,
      inputs: (seed) => forwardInputs(sizes, seed),
      judge: (inputs, values) => judge(sizes, inputs, values),
    },
    context,
  );
}

/** Behind VGG19's first convolution. */
export function batchNormSuite(context: BenchContext): readonly BenchCase[] {
  const batch = context.hasGpu ? 256 : 16;
  return batchNormPasses.map((pass) => batchNormCase(pass, { rows: batch * 32 * 32, channels: 64 }, context));
}
