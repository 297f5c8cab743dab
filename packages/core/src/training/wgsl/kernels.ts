import {
  createAccumulate,
  createAugment,
  createBatchNorm,
  createColumnSums,
  createConvolution,
  createDense,
  createElementwise,
  createGuardedCopy,
  createLinearSoftmax,
  createMomentumSgd,
  createPooling,
  createSoftmaxCrossEntropy,
  type Session,
} from '@csx/wgsl-kernels';

/** The kernels of a training step, on one session. */
export function createTrainingKernels(session: Session) {
  return {
    accumulate: createAccumulate(session),
    augment: createAugment(session),
    batchNorm: createBatchNorm(session),
    columnSums: createColumnSums(session),
    convolution: createConvolution(session),
    dense: createDense(session),
    guardedCopy: createGuardedCopy(session),
    elementwise: createElementwise(session),
    linearSoftmax: createLinearSoftmax(session),
    momentumSgd: createMomentumSgd(session),
    pooling: createPooling(session),
    softmaxCrossEntropy: createSoftmaxCrossEntropy(session),
  };
}

export type TrainingKernels = ReturnType<typeof createTrainingKernels>;
