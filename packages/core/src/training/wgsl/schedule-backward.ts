import { InvariantError, type StorageType } from '@csx/wgsl-kernels';
import { classOffsetsOf } from '../check-loss-options.ts';
import { dropoutMaskName } from '../dropouts.ts';
import type { TrainStepOptions } from '../engine.ts';
import { elementCount, type ForwardOp, type ModelGraph, shapeOf, trainableParameters } from '../graph/model-graph.ts';
import { type BackwardOp, differentiate } from '../graph/train-graph.ts';
import type { TrainingKernels } from './kernels.ts';
import type { Lookup, Schedule, ScheduleContext, ScheduledKernel } from './schedule.ts';
import {
  batchCount,
  convolutionShape,
  denseShape,
  normShape,
  poolingShape,
  savedInverseName,
  savedMeanName,
  scheduleForward,
} from './schedule-forward.ts';

/** What the host writes for every step, and reads when it is asked. */
export const batchNames = {
  labels: 'batch:labels',
  rowWeights: 'batch:row weights',
  classWeights: 'batch:class weights',
  classOffsets: 'batch:class offsets',
  totals: 'batch:totals',
  slot: 'batch:slot',
} as const;

export interface TrainingSchedule extends Schedule {
  /** Trained parameter -> its gradient. */
  readonly gradients: ReadonlyMap<string, string>;
}

/** Forward, loss and gradients of one batch. Gradients are f32, whatever the activations are. */
export function scheduleTraining(
  model: ModelGraph,
  options: TrainStepOptions,
  activationStorage: StorageType,
): TrainingSchedule {
  const { batchSize, latentBatchSize = 0 } = options;
  const context = scheduleForward(model, { batchSize, latentBatchSize, training: true, activationStorage });
  for (const name of Object.values(batchNames)) context.parameters.add(name);
  const { backward, gradients } = differentiate(model);
  for (const { name } of trainableParameters(model)) {
    if (!gradients.has(name))
      throw new InvariantError(`training graph: ${name} has no gradient, since its layer does not reach the loss`);
  }
  for (const name of gradients.values()) context.parameters.add(name);
  for (const op of backward) scheduleOp(context, op, options);
  return { ...context, gradients };
}

function scheduleOp(context: ScheduleContext, op: BackwardOp, options: TrainStepOptions): void {
  if (op.kind === 'softmaxCrossEntropyGradient') scheduleLoss(context, op, options);
  else if (op.kind === 'sumGradients') scheduleSum(context, op);
  else scheduleGradient(context, op);
}

function scheduleLoss(
  context: ScheduleContext,
  op: Extract<BackwardOp, { kind: 'softmaxCrossEntropyGradient' }>,
  options: TrainStepOptions,
): void {
  const { batchSize, latentBatchSize = 0, labelSmoothing = 0, logitScale = 1, focalGamma = 0 } = options;
  const { logits, inputGradient } = op;
  const classCount = elementCount(shapeOf(context.model, logits));
  const rows = batchSize + latentBatchSize;
  const given = {
    classWeights: options.classWeights !== undefined,
    rowWeights: latentBatchSize > 0,
    classOffsets: classOffsetsOf(options) !== undefined,
  };
  context.tensors.define(inputGradient, rows * classCount);
  context.kernels.push({
    label: 'loss: softmax cross-entropy',
    reads: [logits],
    writes: [inputGradient],
    prepare: async ({ softmaxCrossEntropy }) => {
      const loss = { labelSmoothing, logitScale, focalGamma, ...given };
      const { encode } = await softmaxCrossEntropy.prepare({ rows, classCount, ...loss });
      return (recorder, at) =>
        encode(recorder, {
          logits: at(logits),
          labels: at(batchNames.labels),
          ...(given.classWeights ? { classWeights: at(batchNames.classWeights) } : {}),
          ...(given.rowWeights ? { rowWeights: at(batchNames.rowWeights) } : {}),
          ...(given.classOffsets ? { classOffsets: at(batchNames.classOffsets) } : {}),
          logitsGradient: at(inputGradient),
          totals: at(batchNames.totals),
          slot: at(batchNames.slot),
        });
    },
  });
}

function scheduleSum(
  { kernels, tensors }: ScheduleContext,
  { terms, sum }: Extract<BackwardOp, { kind: 'sumGradients' }>,
): void {
  const count = tensors.bytes(terms[0]) / 4;
  tensors.define(sum, count);
  kernels.push({
    label: `${sum}: add`,
    reads: terms,
    writes: [sum],
    prepare: async ({ elementwise }) => {
      const { encode } = await elementwise.prepareAdd(count);
      return (recorder, at) => encode(recorder, { input: at(terms[0]), other: at(terms[1]), output: at(sum) });
    },
  });
}

type LayerGradient = Exclude<BackwardOp, { kind: 'softmaxCrossEntropyGradient' | 'sumGradients' }>;

function scheduleGradient(context: ScheduleContext, op: LayerGradient): void {
  const { kernels, tensors, fusedRelus } = context;
  const { outputGradient } = op;
  const { input, output, layer } = op.forward;
  const push = (
    label: string,
    reads: readonly string[],
    writes: readonly string[],
    prepare: ScheduledKernel['prepare'],
  ) => kernels.push({ label: `${layer}: ${label}`, reads, writes, prepare });
  if ('inputGradient' in op) tensors.define(op.inputGradient, batchCount(context, input));
  switch (op.kind) {
    case 'conv2dInputGradient':
      pushInputGradient(context, op, ({ convolution }) =>
        convolution.prepareInputGradient(convolutionShape(context, op.forward)),
      );
      return;
    case 'conv2dKernelGradient':
      pushKernelGradient(context, op, ({ convolution }) =>
        convolution.prepareFilterGradient(convolutionShape(context, op.forward), inputStorage(context, op.forward)),
      );
      return;
    case 'conv2dBiasGradient':
      pushBiasGradient(context, op, normShape(context, output).rows);
      return;
    case 'denseInputGradient': {
      // Latents that were added have no images before them.
      const shape = { ...denseShape(context, op.forward), rows: context.batchSize };
      pushInputGradient(context, op, ({ dense }) => dense.prepareInputGradient(shape));
      return;
    }
    case 'denseKernelGradient':
      pushKernelGradient(context, op, ({ dense }) =>
        dense.prepareFilterGradient(denseShape(context, op.forward), inputStorage(context, op.forward)),
      );
      return;
    case 'denseBiasGradient':
      pushBiasGradient(context, op, denseShape(context, op.forward).rows);
      return;
    case 'batchNormGradient':
      pushBatchNormGradient(context, op);
      return;
    case 'reluGradient': {
      const { inputGradient } = op;
      if (fusedRelus.has(input)) {
        // The batch norm's gradient reads this one's own.
        tensors.alias(inputGradient, outputGradient);
        return;
      }
      push('relu gradient', [output, outputGradient], [inputGradient], async ({ elementwise }) => {
        const storage = { output: tensors.storage(output) };
        const { encode } = await elementwise.prepareReluGradient(batchCount(context, output), { storage });
        return (recorder, at) =>
          encode(recorder, {
            output: at(output),
            outputGradient: at(outputGradient),
            inputGradient: at(inputGradient),
          });
      });
      return;
    }
    case 'dropoutGradient': {
      const { inputGradient, forward } = op;
      const random = dropoutMaskName(output);
      push('dropout gradient', [outputGradient], [inputGradient], async ({ elementwise }) => {
        const { encode } = await elementwise.prepareDropout(batchCount(context, output), forward.rate);
        return (recorder, at) =>
          encode(recorder, { input: at(outputGradient), random: at(random), output: at(inputGradient) });
      });
      return;
    }
    case 'poolGradient':
    case 'globalAveragePoolGradient': {
      const { inputGradient, forward } = op;
      const isMax = forward.kind === 'maxPool';
      const shape = poolingShape(context, forward);
      push('gradient', isMax ? [input, outputGradient] : [outputGradient], [inputGradient], async ({ pooling }) => {
        const gradient = (at: Lookup) => ({
          outputGradient: at(outputGradient),
          inputGradient: at(inputGradient),
        });
        if (isMax) {
          const { encode } = await pooling.prepareMaxGradient(shape, inputStorage(context, forward));
          return (recorder, at) => encode(recorder, { input: at(input), ...gradient(at) });
        }
        const { encode } = await pooling.prepareAverageGradient(shape);
        return (recorder, at) => encode(recorder, gradient(at));
      });
      return;
    }
    case 'flattenGradient':
      tensors.alias(op.inputGradient, outputGradient);
      return;
  }
}

/** How a gradient's kernel finds the input of the forward pass. */
const inputStorage = ({ tensors }: ScheduleContext, { input }: ForwardOp) => ({
  storage: { input: tensors.storage(input) },
});

/** Of a convolution or a dense layer, whose gradients have one interface. */
function pushInputGradient(
  { kernels }: ScheduleContext,
  op: Extract<BackwardOp, { kind: 'conv2dInputGradient' | 'denseInputGradient' }>,
  prepare: (kernels: TrainingKernels) => ReturnType<TrainingKernels['convolution']['prepareInputGradient']>,
): void {
  const { outputGradient, inputGradient, forward } = op;
  kernels.push({
    label: `${forward.layer}: input gradient`,
    reads: [outputGradient],
    writes: [inputGradient],
    prepare: async (all) => {
      const { encode } = await prepare(all);
      return (recorder, at) =>
        encode(recorder, {
          outputGradient: at(outputGradient),
          filter: at(forward.kernel),
          inputGradient: at(inputGradient),
        });
    },
  });
}

function pushKernelGradient(
  { kernels }: ScheduleContext,
  op: Extract<BackwardOp, { kind: 'conv2dKernelGradient' | 'denseKernelGradient' }>,
  prepare: (kernels: TrainingKernels) => ReturnType<TrainingKernels['convolution']['prepareFilterGradient']>,
): void {
  const { outputGradient, kernelGradient, forward } = op;
  kernels.push({
    label: `${forward.layer}: kernel gradient`,
    reads: [forward.input, outputGradient],
    writes: [],
    prepare: async (all) => {
      const { encode } = await prepare(all);
      return (recorder, at) =>
        encode(recorder, {
          input: at(forward.input),
          outputGradient: at(outputGradient),
          filterGradient: at(kernelGradient),
        });
    },
  });
}

function pushBiasGradient(
  { kernels, model }: ScheduleContext,
  op: Extract<BackwardOp, { kind: 'conv2dBiasGradient' | 'denseBiasGradient' }>,
  rows: number,
): void {
  const { outputGradient, biasGradient, forward } = op;
  const columns = shapeOf(model, forward.output).at(-1) as number;
  kernels.push({
    label: `${forward.layer}: bias gradient`,
    reads: [outputGradient],
    writes: [],
    prepare: async ({ columnSums }) => {
      const { encode } = await columnSums.prepare({ rows, columns });
      return (recorder, at) => encode(recorder, { input: at(outputGradient), sums: at(biasGradient) });
    },
  });
}

function pushBatchNormGradient(context: ScheduleContext, op: Extract<BackwardOp, { kind: 'batchNormGradient' }>): void {
  const { forward, outputGradient, inputGradient } = op;
  const { input, layer } = forward;
  const fused = context.fusedRelus.get(forward.output);
  // Without a ReLU the output is not read.
  const output = fused ?? input;
  context.kernels.push({
    label: `${layer}: batch norm gradient`,
    reads: [input, output, outputGradient],
    writes: [inputGradient],
    prepare: async ({ batchNorm }) => {
      const { encode } = await batchNorm.prepareGradient({
        ...normShape(context, input),
        relu: fused !== undefined,
        storage: { input: context.tensors.storage(input), output: context.tensors.storage(output) },
      });
      return (recorder, at) =>
        encode(recorder, {
          input: at(input),
          output: at(output),
          outputGradient: at(outputGradient),
          gamma: at(forward.gamma),
          savedMean: at(savedMeanName(forward.output)),
          savedInverse: at(savedInverseName(forward.output)),
          inputGradient: at(inputGradient),
          gammaGradient: at(op.gammaGradient),
          betaGradient: at(op.betaGradient),
        });
    },
  });
}
