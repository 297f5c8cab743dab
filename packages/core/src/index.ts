// What csx offers to programs, room by room. Files and devices have entries of their own: `@csx/core/files`, `@csx/core/host`.
export {
  AdapterUnavailableError,
  CsxError,
  DataFormatError,
  DeviceLostError,
  DisposedError,
  GpuOutOfMemoryError,
  InvalidInputError,
  InvalidOptionError,
  InvariantError,
  KernelCompileError,
  KernelValidationError,
  LimitExceededError,
  type Matrix,
  NumericError,
  StorageError,
} from '@csx/wgsl-kernels';
export {
  type CompileTrainStepOptions,
  compileTrainStep,
  type ModelTrainStep,
} from './backbone/compile-train-step.ts';
export {
  type ExportTrainingOnnxOptions,
  exportTrainingOnnx,
  type TrainingOnnx,
} from './backbone/export-training-onnx.ts';
export { createHeadModel, modelFromFiles, modelToFiles } from './backbone/model-files.ts';
export { modelToGraph } from './backbone/model-to-graph.ts';
export { type BackboneName, type BackboneOptions, backboneNames, createBackbone } from './backbone/networks.ts';
export { quietTfjs } from './backbone/quiet-tfjs.ts';
export { initialWeights, readWeights, type UniformSource, writeWeights, zeroMomenta } from './backbone/weights.ts';
export * from './config.ts';
export type { ImageDataset, ImageSet, Split } from './data/image-set.ts';
export { type DatasetInspection, inspectDataset, type PartInspection } from './data/inspect.ts';
export { decodeMiniCifar10, type MiniCifar10Bytes, miniCifar10Files } from './data/mini-cifar10.ts';
export { makeSplit, type SplitOptions, trainCountsOf } from './data/split.ts';
export {
  type ChannelStatistics,
  channelStatistics,
  standardizationTable,
  writeChannelsLast,
} from './data/standardize.ts';
export type { FileStore } from './files/file-store.ts';
export { MemoryStore } from './files/memory-store.ts';
export type { NpyArray, NpyType } from './files/npy.ts';
export { readNpz, writeNpz } from './files/npz.ts';
export { type CpuLatentOpsOptions, createCpuLatentOps } from './latent-ops/cpu-latent-ops.ts';
export { createGpuLatentOps } from './latent-ops/gpu-latent-ops.ts';
export type {
  ClassMeansResult,
  ClassProbabilityResult,
  DistanceMetric,
  DistanceReading,
  ExtrapolateRequest,
  ExtrapolateResult,
  KeptMatrix,
  LatentOps,
  LatentOpsDescription,
  NearestResult,
  Placement,
  SelectRequest,
  SelectResult,
} from './latent-ops/latent-ops.ts';
export {
  type ClassPair,
  type ClassPairsInput,
  type ClassPairsResult,
  classPairsByName,
  findClassPairs,
  type MeasuredClassPair,
} from './method/class-pairs.ts';
export {
  type RoundInput,
  type RoundResult,
  roundNeedsLogits,
  runRound,
} from './method/extrapolation-round.ts';
export { type PairAccuracy, type PairAccuracyInput, pairAccuracy } from './method/pair-accuracy.ts';
export type { RoundOptions } from './method/pair-round.ts';
export { paperClassPairs } from './method/paper-class-pairs.ts';
export type { ClassifierHead } from './method/placement.ts';
export { type PreparedLatents, type PrepareInput, prepareLatents } from './method/prepare-latents.ts';
export { listReadings, type Reading } from './method/readings.ts';
export { findSamplePairs, type SamplePairs, type SamplePairsInput } from './method/sample-pairs.ts';
export { type ArmPlan, algorithm2Iterations, planArm, type ScheduleOptions } from './method/schedule.ts';
export { estimateSizes, type SizeOptions, type Sizes } from './method/sizes.ts';
export { type EvaluateInput, evaluate } from './metrics/evaluate.ts';
export { OnnxGraphWriter } from './onnxruntime/onnx-writer.ts';
export {
  type NearestInBlocksOptions,
  nearestInBlocks,
  type SearchProgress,
} from './out-of-core/nearest-in-blocks.ts';
export { matrixRows, type RowSource } from './out-of-core/row-source.ts';
export { permutation, sampleWithoutReplacement } from './random/permutation.ts';
export { createStream, type RandomStream } from './random/stream.ts';
export type { ReportExtras } from './report/extras.ts';
export { reportExtrasSchema } from './report/extras.ts';
export { type ReportInput, renderReport } from './report/report.ts';
export { renderSummaryTable } from './report/summary-table.ts';
export { tensorboardFiles } from './report/tensorboard.ts';
export { CacheEntry, type EntryState } from './reproduce/cache-entry.ts';
export { collectOutcomes } from './reproduce/collect-outcomes.ts';
export { type ExecuteInput, executeJobs, type JobEvent } from './reproduce/execute-jobs.ts';
export {
  type ArmJob,
  type BackboneJob,
  type Job,
  type JobPlan,
  planJobs,
  type ReproductionSettings,
  requiredJobs,
} from './reproduce/job-plan.ts';
export { type Outcome, outcomeSchema } from './reproduce/outcome.ts';
export { classPictures, type Picture } from './reproduce/pictures.ts';
export { renderReproduction } from './reproduce/report/reproduction-report.ts';
export { buildReproduction, type Reproduction, reproductionSchema } from './reproduce/reproduction.ts';
export {
  mergeShards,
  type NamedShard,
  type ShardRecord,
  shardFile,
  shardFilePattern,
  shardRecord,
  shardRecordSchema,
} from './reproduce/shard-record.ts';
export { parseShard, type Shard, shardJobs } from './reproduce/shards.ts';
export { type ExperimentName, experimentNames } from './reproduce/studies.ts';
export type { RunEvent, RunStage } from './run/events.ts';
export { planRun, type RunPlan } from './run/plan-run.ts';
export * from './run/record.ts';
export { readRecord, runExperiment } from './run/run-experiment.ts';
export type { RunInput } from './run/run-input.ts';
export { csxVersion } from './run/version.ts';
export type { Classifier } from './samplers/extrapolation.ts';
export { fitResample, type ResampleResources } from './samplers/fit-resample.ts';
export type { Resampled } from './samplers/join-rows.ts';
export { planResample, type ResamplePlan, type SmallClass } from './samplers/plan-resample.ts';
export {
  type ResampleOptions,
  type ResampleOptionsInput,
  resampleOptionsSchema,
  type SamplerName,
  type SamplingStrategy,
  samplerNames,
} from './samplers/resample-options.ts';
export type { Provenance } from './samplers/row-provenance.ts';
export type { ResolvedCount } from './samplers/sampling-strategy.ts';
export type {
  AugmentationOptions,
  BatchResult,
  ForwardPass,
  ForwardResult,
  HeadEpoch,
  HeadOptions,
  HeadTraining,
  LabelledLatents,
  LatentBatch,
  LossOptions,
  PixelBatch,
  ReweightableForwardPass,
  TrainBatch,
  TrainingEngine,
  TrainState,
  TrainStep,
  TrainStepOptions,
  Weights,
} from './training/engine.ts';
export { forwardFlop, trainFlop } from './training/graph/flop.ts';
export { classifierHeadGraph, type ForwardOp, type ModelGraph, type Parameter } from './training/graph/model-graph.ts';
export { linearLogits } from './training/linear-logits.ts';
export { createOnnxEngine, type OnnxEngineOptions } from './training/onnx/onnx-engine.ts';
export { createWgslEngine, type WgslEngine, type WgslEngineOptions } from './training/wgsl/wgsl-engine.ts';
export { type TuningTable, tuneDevice, tunedChoice, tuningTableSchema } from './tuning/tuning-table.ts';
