import { InvalidOptionError } from '../../errors.ts';
import type { PipelineSource } from '../../session/pipeline-cache.ts';
import type { Session } from '../../session/session.ts';
import { checkLength, checkNoUnknown, checkSizes } from '../check-sizes.ts';
import { rowRuns } from '../column-sums/row-runs.ts';
import { resolveStorage, type StorageOption } from '../operand-storage.ts';
import { runArrays } from '../run-arrays.ts';
import { prepareGradient } from './batch-norm.gradient.ts';
import { prepareInference } from './batch-norm.inference.ts';
import type {
  BatchNormGradientIo,
  BatchNormGradientOutput,
  BatchNormGradientRun,
  BatchNormInferenceIo,
  BatchNormInferenceOptions,
  BatchNormInferenceRun,
  BatchNormShape,
  BatchNormTrainingIo,
  BatchNormTrainingOptions,
  BatchNormTrainingOutput,
  BatchNormTrainingRun,
  PreparedBatchNorm,
} from './batch-norm.io.ts';
import { prepareTraining } from './batch-norm.training.ts';
import * as wgsl from './batch-norm.wgsl.ts';

/**
 * Batch normalization over all axes but the last, with a ReLU behind it if wanted, and its gradients.
 *
 * Training: mean_j = sum_i input_ij / rows, variance_j = sum_i (input_ij - mean_j)^2 / rows,
 * inverse_j = 1 / sqrt(variance_j + epsilon), output_ij = gamma_j (input_ij - mean_j) inverse_j + beta_j, 0 where that is
 * negative and `relu` is set; moving = momentum * moving + (1 - momentum) * batch, with the biased variance, as tfjs does.
 * Inference: the same with the running mean and variance. Gradient, with g the output's gradient (0 where `relu` is set
 * and the output is not positive) and z = (input - mean) inverse: betaGradient = sum_i g, gammaGradient = sum_i g z,
 * inputGradient = gamma inverse (g - betaGradient / rows - z gammaGradient / rows).
 *
 * `prepare...`: rows = batch * height * width >= 1, channels >= 1; data are [rows, channels], all else [channels]. Empty
 * inputs are refused, since they have no mean. A buffer that is written may not be one that is read by the same dispatch,
 * whatever the offsets: `output` apart from all that is read, `inputGradient` too; savedMean and savedInverse apart from
 * input, gamma and beta; the gradients of gamma and beta apart from gamma and what was saved.
 *
 * Bytes a value: training 12 (read for the statistics; read and written), inference 8, gradient 20, with ReLU 28. One lane
 * takes a run of 16 to 128 rows of one channel, or of four side by side; few more dispatches merge the runs. No workgroup
 * memory: enough lanes keep a GPU's memory busy without it, and software Vulkan pays much for barriers. Deterministic on
 * one adapter. Error: batch-norm.bounds.ts; a large offset of a channel costs the variance nothing. In training, input and
 * output may be f16, half of their bytes; arithmetic stays f32, and the output is rounded once more (`halfStorageBound`).
 *
 * Throws InvalidInputError (shapes), InvalidOptionError (epsilon, momentum, an unknown option; storage, or f16 without the
 * feature shader-f16), LimitExceededError (the data do not fit into a binding), and the session's errors.
 *
 * Source: Ioffe, Szegedy, "Batch Normalization", ICML 2015; the merging of statistics: Chan, Golub, LeVeque, "Algorithms for
 * Computing the Sample Variance", The American Statistician 37 (1983).
 */
export interface BatchNorm {
  prepareTraining(
    options: BatchNormTrainingOptions & StorageOption<'input' | 'output'>,
  ): Promise<PreparedBatchNorm<BatchNormTrainingIo>>;
  prepareInference(options: BatchNormInferenceOptions): Promise<PreparedBatchNorm<BatchNormInferenceIo>>;
  prepareGradient(
    shape: BatchNormShape & StorageOption<'input' | 'output'>,
  ): Promise<PreparedBatchNorm<BatchNormGradientIo>>;
  runTraining(input: BatchNormTrainingRun): Promise<BatchNormTrainingOutput>;
  runInference(input: BatchNormInferenceRun): Promise<Float32Array>;
  runGradient(input: BatchNormGradientRun): Promise<BatchNormGradientOutput>;
}

const kernel = 'batch-norm';

/** The texts of the shaders for an example shape: another one only changes numbers, vector types and the ReLU in them. */
export const batchNormSources: readonly PipelineSource[] = [
  { label: `${kernel}: run statistics`, code: wgsl.runStatisticsWgsl(rowRuns(4096, 16), 64, {}) },
  { label: `${kernel}: merge statistics`, code: wgsl.mergeStatisticsWgsl(4096, 16, rowRuns(256, 16), 64) },
  { label: `${kernel}: finish statistics`, code: wgsl.finishStatisticsWgsl(4096, 256, 16, 64, 1e-3, 0.99, {}) },
  { label: `${kernel}: normalize`, code: wgsl.normalizeWgsl(rowRuns(4096, 4), 64, true, {}) },
  { label: `${kernel}: run gradients`, code: wgsl.runGradientsWgsl(rowRuns(4096, 16), 64, true, {}) },
  { label: `${kernel}: finish gradients`, code: wgsl.finishGradientsWgsl(4096, 16, 64) },
  { label: `${kernel}: input gradient`, code: wgsl.inputGradientWgsl(rowRuns(4096, 4), 64, true, {}) },
  { label: `${kernel}: inference`, code: wgsl.normalizeWgsl(rowRuns(4096, 4), 64, true, {}, 1e-3) },
];

function checkEpsilon(epsilon: number): void {
  // Rounded to f32 it must not vanish beside a variance of 0.
  if (!(Math.fround(epsilon) >= 2 ** -126) || !Number.isFinite(epsilon)) {
    throw new InvalidOptionError(`${kernel}: epsilon is ${epsilon}, expected a number > 0`);
  }
}

function checkLengths({ rows, channels }: BatchNormShape, arrays: Readonly<Record<string, Float32Array>>): void {
  for (const [name, values] of Object.entries(arrays)) {
    const large = name === 'input' || name.startsWith('output');
    checkLength(kernel, name, values, large ? rows * channels : channels);
  }
}

/** Makes the kernel; pipelines are compiled for each shape. */
export function createBatchNorm(session: Session): BatchNorm {
  const kernels = {
    async prepareTraining({
      rows,
      channels,
      relu,
      epsilon,
      momentum,
      ...more
    }: BatchNormTrainingOptions & StorageOption<'input' | 'output'>) {
      const storage = resolveStorage(kernel, session, ['input', 'output'], more);
      checkSizes(kernel, { rows, channels });
      checkEpsilon(epsilon);
      if (!(momentum >= 0 && momentum <= 1)) {
        throw new InvalidOptionError(`${kernel}: momentum is ${momentum}, expected a number from 0 to 1`);
      }
      return prepareTraining(session, { rows, channels, relu, epsilon, momentum }, storage);
    },
    async prepareInference({ rows, channels, relu, epsilon, ...unknown }: BatchNormInferenceOptions) {
      checkNoUnknown(kernel, unknown);
      checkSizes(kernel, { rows, channels });
      checkEpsilon(epsilon);
      return prepareInference(session, { rows, channels, relu, epsilon });
    },
    async prepareGradient({ rows, channels, relu, ...more }: BatchNormShape & StorageOption<'input' | 'output'>) {
      const storage = resolveStorage(kernel, session, ['input', 'output'], more);
      checkSizes(kernel, { rows, channels });
      return prepareGradient(session, { rows, channels, relu }, storage);
    },
  };

  return {
    ...kernels,
    async runTraining({ input, gamma, beta, movingMean, movingVariance, ...options }) {
      const { rows, channels } = options;
      const { encode } = await kernels.prepareTraining(options);
      const arrays = { input, gamma, beta, movingMean, movingVariance };
      checkLengths(options, arrays);
      const perChannel = {
        movingMean: channels,
        movingVariance: channels,
        savedMean: channels,
        savedInverse: channels,
      };
      return runArrays(session, kernel, arrays, { ...perChannel, output: rows * channels }, encode);
    },
    async runInference({ input, gamma, beta, movingMean, movingVariance, ...options }) {
      const { encode } = await kernels.prepareInference(options);
      const arrays = { input, gamma, beta, movingMean, movingVariance };
      checkLengths(options, arrays);
      const { output } = await runArrays(session, kernel, arrays, { output: input.length }, encode);
      return output;
    },
    async runGradient({ input, output, outputGradient, gamma, savedMean, savedInverse, ...shape }) {
      const { channels } = shape;
      const { encode } = await kernels.prepareGradient(shape);
      const arrays = { input, output, outputGradient, gamma, savedMean, savedInverse };
      checkLengths(shape, arrays);
      const lengths = { inputGradient: input.length, gammaGradient: channels, betaGradient: channels };
      return runArrays(session, kernel, arrays, lengths, encode);
    },
  };
}
