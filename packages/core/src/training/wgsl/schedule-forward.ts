import type { ConvolutionShape, PoolingShape, Recorder, StorageType } from '@csx/wgsl-kernels';
import { dropoutMaskName } from '../dropouts.ts';
import {
  type Conv2dOp,
  type DenseOp,
  elementCount,
  type ForwardOp,
  type GlobalAveragePoolOp,
  type ModelGraph,
  type PoolOp,
  shapeOf,
} from '../graph/model-graph.ts';
import { findFusedRelus } from './fused-relus.ts';
import type { TrainingKernels } from './kernels.ts';
import type { Lookup, Schedule, ScheduleContext } from './schedule.ts';
import { TensorTable } from './tensor-table.ts';

type ImageShape = readonly [height: number, width: number, channels: number];

/** What a batch norm leaves for its gradient. */
export const savedMeanName = (output: string) => `mean:${output}`;
export const savedInverseName = (output: string) => `inverse:${output}`;

function imageShapeOf(model: ModelGraph, tensor: string): ImageShape {
  return shapeOf(model, tensor) as ImageShape;
}

/** Values of a tensor in one batch, without latents that were added. */
export function batchCount({ model, batchSize }: ScheduleContext, tensor: string): number {
  return batchSize * elementCount(shapeOf(model, tensor));
}

export function convolutionShape({ model, batchSize }: ScheduleContext, op: Conv2dOp): ConvolutionShape {
  const [height, width, inChannels] = imageShapeOf(model, op.input);
  const outChannels = imageShapeOf(model, op.output)[2];
  const { size, stride, padding } = op;
  return { batch: batchSize, height, width, inChannels, outChannels, size, stride, padding };
}

export function poolingShape({ model, batchSize }: ScheduleContext, op: PoolOp | GlobalAveragePoolOp): PoolingShape {
  const [height, width, channels] = imageShapeOf(model, op.input);
  const images = { batch: batchSize, height, width, channels };
  if (op.kind === 'globalAveragePool')
    return { ...images, size: [height, width], stride: [height, width], padding: [0, 0, 0, 0] };
  const { size, stride, padding } = op;
  return { ...images, size, stride, padding };
}

/** Rows and channels of a batch norm. */
export function normShape(context: ScheduleContext, tensor: string): { rows: number; channels: number } {
  const channels = shapeOf(context.model, tensor).at(-1) as number;
  return { rows: batchCount(context, tensor) / channels, channels };
}

export function denseShape({ model, batchSize, latentBatchSize }: ScheduleContext, op: DenseOp) {
  return {
    rows: op.output === model.logits ? batchSize + latentBatchSize : batchSize,
    inFeatures: elementCount(shapeOf(model, op.input)),
    outFeatures: elementCount(shapeOf(model, op.output)),
  };
}

/** Tensors whose values the host reads or writes: input, latents and logits, and what is flattened to them. */
function sharedWithHost(model: ModelGraph): ReadonlySet<string> {
  const shared = new Set([model.input, model.latent, model.logits]);
  for (const op of [...model.ops].reverse()) if (op.kind === 'flatten' && shared.has(op.output)) shared.add(op.input);
  return shared;
}

/** Begins a schedule with the network's forward pass. */
export function scheduleForward(
  model: ModelGraph,
  sizes: {
    readonly batchSize: number;
    readonly latentBatchSize: number;
    readonly training: boolean;
    readonly activationStorage: StorageType;
  },
): ScheduleContext {
  const context: ScheduleContext = {
    model,
    ...sizes,
    kernels: [],
    tensors: new TensorTable(),
    kept: new Set([model.input, model.logits, model.latent]),
    parameters: new Set(model.parameters.map(({ name }) => name)),
    saved: new Set(),
    fusedRelus: findFusedRelus(model),
  };
  const { tensors } = context;
  tensors.define(model.input, batchCount(context, model.input));
  const inFull = sharedWithHost(model);
  for (const op of model.ops) scheduleOp(context, op, inFull);
  for (const name of [model.latent, model.logits]) {
    tensors.grow(name, (sizes.batchSize + sizes.latentBatchSize) * elementCount(shapeOf(model, name)) * 4);
  }
  return context;
}

/** The forward pass alone, in evaluation mode. It keeps nothing, and all of it is f32. */
export function scheduleEvaluation(model: ModelGraph, batchSize: number): ScheduleContext {
  return scheduleForward(model, { batchSize, latentBatchSize: 0, training: false, activationStorage: 'f32' });
}

/** @param inFull tensors that are f32 whatever the activations are */
function scheduleOp(context: ScheduleContext, op: ForwardOp, inFull: ReadonlySet<string>): void {
  const { kernels, tensors, training, fusedRelus } = context;
  const { input, output, layer } = op;
  const count = batchCount(context, output);
  const define = (name: string) => tensors.define(name, count, inFull.has(name) ? 'f32' : context.activationStorage);
  const push = (label: string, reads: readonly string[], prepare: Schedule['kernels'][number]['prepare']) => {
    define(output);
    kernels.push({ label: `${layer}: ${label}`, reads, writes: [output], prepare });
  };
  switch (op.kind) {
    case 'conv2d':
      push('convolution', [input], async ({ convolution }) =>
        encodeLinear(op, await convolution.prepareForward(convolutionShape(context, op), linearOptions(context, op))),
      );
      return;
    case 'batchNorm': {
      const fused = fusedRelus.get(output);
      const target = fused ?? output;
      const options = { ...normShape(context, input), relu: fused !== undefined, epsilon: op.epsilon };
      define(target);
      const saved = training ? [savedMeanName(output), savedInverseName(output)] : [];
      for (const name of saved) {
        tensors.define(name, options.channels);
        context.parameters.add(name);
        context.saved.add(name);
      }
      kernels.push({
        label: `${layer}: batch norm`,
        reads: [input],
        writes: [target],
        prepare: async ({ batchNorm }) => {
          const common = (at: Lookup) => ({
            input: at(input),
            gamma: at(op.gamma),
            beta: at(op.beta),
            movingMean: at(op.movingMean),
            movingVariance: at(op.movingVariance),
            output: at(target),
          });
          if (!training) {
            const { encode } = await batchNorm.prepareInference(options);
            return (recorder, at) => encode(recorder, common(at));
          }
          const storage = { input: tensors.storage(input), output: tensors.storage(target) };
          const { encode } = await batchNorm.prepareTraining({ ...options, momentum: op.momentum, storage });
          return (recorder, at) =>
            encode(recorder, {
              ...common(at),
              savedMean: at(savedMeanName(output)),
              savedInverse: at(savedInverseName(output)),
            });
        },
      });
      return;
    }
    case 'relu':
      if (fusedRelus.has(input)) return;
      push('relu', [input], async ({ elementwise }) => {
        const { encode } = await elementwise.prepareRelu(count, storageOf(context, op));
        return (recorder, at) => encode(recorder, { input: at(input), output: at(output) });
      });
      return;
    case 'maxPool':
    case 'averagePool':
    case 'globalAveragePool': {
      const isMax = op.kind === 'maxPool';
      push('pooling', [input], async ({ pooling }) => {
        const shape = poolingShape(context, op);
        const storage = storageOf(context, op);
        const { encode } = await (isMax ? pooling.prepareMax(shape, storage) : pooling.prepareAverage(shape, storage));
        return (recorder, at) => encode(recorder, { input: at(input), output: at(output) });
      });
      return;
    }
    case 'dropout':
      if (!training) {
        tensors.alias(output, input);
        return;
      }
      push('dropout', [input], async ({ elementwise }) => {
        const { encode } = await elementwise.prepareDropout(count, op.rate, storageOf(context, op));
        return (recorder, at) =>
          encode(recorder, { input: at(input), random: at(dropoutMaskName(output)), output: at(output) });
      });
      return;
    case 'flatten':
      tensors.alias(output, input);
      return;
    case 'dense':
      push('dense', [input], async ({ dense }) =>
        encodeLinear(op, await dense.prepareForward(denseShape(context, op), linearOptions(context, op))),
      );
      return;
    case 'add': {
      const { other } = op;
      push('add', [input, other], async ({ elementwise }) => {
        const { storage } = storageOf(context, op);
        const { encode } = await elementwise.prepareAdd(count, {
          storage: { ...storage, other: tensors.storage(other) },
        });
        return (recorder, at) => encode(recorder, { input: at(input), other: at(other), output: at(output) });
      });
      return;
    }
  }
}

/** How the kernel of an operation finds and leaves activations. */
const storageOf = ({ tensors }: ScheduleContext, { input, output }: ForwardOp) => ({
  storage: { input: tensors.storage(input), output: tensors.storage(output) },
});

const linearOptions = (context: ScheduleContext, op: Conv2dOp | DenseOp) => ({
  bias: op.bias !== undefined,
  ...storageOf(context, op),
});

/** A convolution or a dense layer, which have one interface. */
function encodeLinear(
  { input, kernel, bias, output }: Conv2dOp | DenseOp,
  { encode }: Awaited<ReturnType<TrainingKernels['convolution']['prepareForward']>>,
) {
  return (recorder: Recorder, at: Lookup) =>
    encode(recorder, {
      input: at(input),
      filter: at(kernel),
      ...(bias === undefined ? {} : { bias: at(bias) }),
      output: at(output),
    });
}
