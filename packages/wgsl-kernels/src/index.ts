export * from './errors.ts';
export { kernelSources } from './kernel-sources.ts';
export { type AccumulateInput, accumulateReference } from './kernels/accumulate/accumulate.reference.ts';
export {
  type Accumulate,
  type AccumulateIo,
  accumulateBound,
  createAccumulate,
  type PreparedAccumulate,
} from './kernels/accumulate/accumulate.ts';
export {
  type Augmentation,
  type AugmentInput,
  type AugmentKey,
  type AugmentOptions,
  augmentation,
  augmentReference,
} from './kernels/augment/augment.reference.ts';
export { type Augment, type AugmentIo, createAugment, type PreparedAugment } from './kernels/augment/augment.ts';
export type { AugmentShape } from './kernels/augment/augment.wgsl.ts';
export {
  batchNormGradientBounds,
  batchStatisticsBounds,
  inferenceBounds,
  movingBound,
  normalizeBound,
} from './kernels/batch-norm/batch-norm.bounds.ts';
export type {
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
} from './kernels/batch-norm/batch-norm.io.ts';
export {
  batchNormGradientReference,
  batchStatisticsReference,
  normalizeReference,
} from './kernels/batch-norm/batch-norm.reference.ts';
export { type BatchNorm, createBatchNorm } from './kernels/batch-norm/batch-norm.ts';
export { checkFinite, checkSameWidth, checkShape } from './kernels/check-matrix.ts';
export { type ClassMeansOutput, classMeansReference } from './kernels/class-means/class-means.reference.ts';
export {
  type ClassMeans,
  type ClassMeansInput,
  type ClassMeansIo,
  classMeansBound,
  createClassMeans,
  type PreparedClassMeans,
} from './kernels/class-means/class-means.ts';
export { logOddsErrorBound, probabilityErrorBound } from './kernels/class-probability/class-probability.bounds.ts';
export type { ClassProbabilityInput } from './kernels/class-probability/class-probability.input.ts';
export {
  classProbabilityReference,
  ownClassLogOdds,
  probabilityFromLogOdds,
  SINGLE_CLASS_LOG_ODDS,
} from './kernels/class-probability/class-probability.reference.ts';
export {
  type ClassProbability,
  type ClassProbabilityIo,
  type ClassProbabilityOutput,
  createClassProbability,
  type PreparedClassProbability,
} from './kernels/class-probability/class-probability.ts';
export { portableExp } from './kernels/class-probability/portable-exp-log.ts';
export { columnSumsReference } from './kernels/column-sums/column-sums.reference.ts';
export {
  type ColumnSums,
  type ColumnSumsIo,
  type ColumnSumsShape,
  columnSumsBound,
  createColumnSums,
  type PreparedColumnSums,
} from './kernels/column-sums/column-sums.ts';
export type { PreparedConvolution } from './kernels/convolution/convolution.program.ts';
export {
  convolutionFilterGradientReference,
  convolutionInputGradientReference,
  convolutionReference,
} from './kernels/convolution/convolution.reference.ts';
export {
  type Convolution,
  type ConvolutionData,
  type ConvolutionFilterGradientIo,
  type ConvolutionForwardIo,
  type ConvolutionInputGradientIo,
  type ConvolutionOptions,
  convolutionBound,
  createConvolution,
} from './kernels/convolution/convolution.ts';
export { type ConvolutionVariant, defaultConvolutionVariant } from './kernels/convolution/convolution.variants.ts';
export { type ConvolutionShape, convolutionOutSize } from './kernels/convolution/convolution-shape.ts';
export { createDense, type Dense, type DenseShape } from './kernels/dense/dense.ts';
export { type DistanceMetric, distanceMetrics } from './kernels/distance-metric.ts';
export {
  addReference,
  type DropoutRandom,
  dropoutReference,
  reluGradientReference,
  reluReference,
} from './kernels/elementwise/elementwise.reference.ts';
export {
  type AddIo,
  createElementwise,
  type DropoutIo,
  dropoutRandomData,
  type Elementwise,
  type PreparedElementwise,
  type ReluGradientIo,
  type ReluIo,
} from './kernels/elementwise/elementwise.ts';
export { latentErrorBound, minorWeightErrorBounds } from './kernels/extrapolate/extrapolate.bounds.ts';
export type {
  DistanceReading,
  ExtrapolateInput,
  Placement,
  PlacementSource,
} from './kernels/extrapolate/extrapolate.input.ts';
export { extrapolateReference } from './kernels/extrapolate/extrapolate.reference.ts';
export {
  createExtrapolate,
  type Extrapolate,
  type ExtrapolateIo,
  type ExtrapolateOutput,
  type PreparedExtrapolate,
} from './kernels/extrapolate/extrapolate.ts';
export { type GuardedCopyInput, guardedCopyReference } from './kernels/guarded-copy/guarded-copy.reference.ts';
export {
  createGuardedCopy,
  type GuardedCopy,
  type GuardedCopyIo,
  type PreparedGuardedCopy,
} from './kernels/guarded-copy/guarded-copy.ts';
export { linearSoftmaxBounds } from './kernels/linear-softmax/linear-softmax.bounds.ts';
export {
  type LinearSoftmaxInput,
  type LinearSoftmaxOutput,
  type LinearSoftmaxState,
  linearSoftmaxReference,
} from './kernels/linear-softmax/linear-softmax.reference.ts';
export {
  createLinearSoftmax,
  type LinearSoftmax,
  type LinearSoftmaxIo,
  type LinearSoftmaxOptions,
  type PreparedLinearSoftmax,
} from './kernels/linear-softmax/linear-softmax.ts';
export {
  defaultProductVariant,
  type ProductVariant,
  productVariants,
} from './kernels/matrix-product/product-variants.ts';
export { momentumSgdBounds } from './kernels/momentum-sgd/momentum-sgd.bounds.ts';
export {
  type MomentumSgdInput,
  type MomentumSgdRule,
  momentumSgdReference,
} from './kernels/momentum-sgd/momentum-sgd.reference.ts';
export {
  createMomentumSgd,
  type MomentumSgd,
  type MomentumSgdIo,
  type MomentumSgdOptions,
  type MomentumSgdOutput,
  type PreparedMomentumSgd,
} from './kernels/momentum-sgd/momentum-sgd.ts';
export { type NearestBounds, nearestBounds } from './kernels/nearest/nearest.bounds.ts';
export type { NearestIo } from './kernels/nearest/nearest.encode.ts';
export type { NearestShape } from './kernels/nearest/nearest.plan.ts';
export {
  createNearestSearch,
  createNeighbors,
  type NearestSearch,
  type Neighbors,
  nearestReference,
} from './kernels/nearest/nearest.reference.ts';
export {
  createNearest,
  type Nearest,
  type NearestInput,
  type NearestOptions,
  type NearestOutput,
  type PreparedNearest,
} from './kernels/nearest/nearest.ts';
export {
  halfStorageBound,
  type OperandStorage,
  requireHalfStorage,
  type StorageOption,
  storedBytes,
} from './kernels/operand-storage.ts';
export { pairwiseDistanceReference } from './kernels/pairwise-distance/pairwise-distance.reference.ts';
export {
  createPairwiseDistance,
  type PairwiseDistance,
  type PairwiseDistanceInput,
  type PairwiseDistanceIo,
  type PairwiseDistanceOptions,
  type PreparedPairwiseDistance,
  pairwiseDistanceBound,
} from './kernels/pairwise-distance/pairwise-distance.ts';
export {
  averagePoolingGradientReference,
  averagePoolingReference,
  maxPoolingGradientReference,
  maxPoolingReference,
} from './kernels/pooling/pooling.reference.ts';
export { type PoolingShape, pooledSize } from './kernels/pooling/pooling.shape.ts';
export {
  type AveragePoolingGradientIo,
  averagePoolingBound,
  createPooling,
  type MaxPoolingGradientIo,
  type Pooling,
  type PoolingIo,
  type PreparedPooling,
} from './kernels/pooling/pooling.ts';
export { type RankOrder, rankReference } from './kernels/rank/rank.reference.ts';
export {
  createRank,
  type PreparedRank,
  type Rank,
  type RankInput,
  type RankIo,
} from './kernels/rank/rank.ts';
export type { SelectSide } from './kernels/select/certify-cut.ts';
export {
  cutScore,
  type PreparedSelect,
  type SelectedRows,
  type SelectIo,
  stateOf as selectStateOf,
} from './kernels/select/select.encode.ts';
export {
  type SelectByLogOddsInput,
  selectByLogOddsReference,
  selectReference,
} from './kernels/select/select.reference.ts';
export { createSelect, type Select, type SelectInput } from './kernels/select/select.ts';
export {
  createSelectByLogOdds,
  type SelectByLogOdds,
  type SelectByLogOddsOutput,
} from './kernels/select/select-by-log-odds.ts';
export {
  type SoftmaxCrossEntropyBounds,
  softmaxCrossEntropyBounds,
} from './kernels/softmax-cross-entropy/softmax-cross-entropy.bounds.ts';
export {
  type SoftmaxCrossEntropyBatch,
  type SoftmaxCrossEntropyInput,
  type SoftmaxCrossEntropyTotals,
  softmaxCrossEntropyReference,
} from './kernels/softmax-cross-entropy/softmax-cross-entropy.reference.ts';
export {
  createSoftmaxCrossEntropy,
  type PreparedSoftmaxCrossEntropy,
  type SoftmaxCrossEntropy,
  type SoftmaxCrossEntropyIo,
  type SoftmaxCrossEntropyOptions,
  type SoftmaxCrossEntropyOutput,
} from './kernels/softmax-cross-entropy/softmax-cross-entropy.ts';
export { type Matrix, type ResidentMatrix, residentOn } from './matrix.ts';
export { philox4x32, philox4x32Fill } from './philox.ts';
export {
  type AdapterDescription,
  describeAdapter,
  type KernelDevice,
  requestKernelDevice,
} from './session/adapter.ts';
export type { BufferPool, PoolStats } from './session/buffer-pool.ts';
export type { PipelineSource } from './session/pipeline-cache.ts';
export { createPlan, type Plan } from './session/plan.ts';
export type { Read } from './session/readback.ts';
export { createSession, type Session, type SessionOptions } from './session/session.ts';
export { type Binding, type Dispatch, type Recorder, type Step, type UploadData, writePadded } from './session/step.ts';
export { bufferUsage } from './session/usage.ts';
export { sha256Hex } from './sha256.ts';
export type { TunableCase, TunableVariant } from './tuning/tunable.ts';
export { type TunedCase, type TuneOptions, tunableHashes, tuneKernels } from './tuning/tune-kernels.ts';
export type { VariantChoice } from './tuning/variant-choice.ts';
export { philoxWgsl } from './wgsl/philox.wgsl.ts';
export type { StorageType } from './wgsl/stored.wgsl.ts';
