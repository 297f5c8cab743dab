import { InvariantError } from '@csx/wgsl-kernels';
import { dropoutMaskName } from '../dropouts.ts';
import type { TrainStepOptions } from '../engine.ts';
import { type BatchNormOp, type DenseOp, elementCount, type PoolOp, shapeOf } from '../graph/model-graph.ts';
import type { BackwardOp, TrainGraph } from '../graph/train-graph.ts';
import { lowerInputGradient, lowerKernelGradient } from './lower-conv.ts';
import {
  convolutionOf,
  type ForwardTrace,
  type LoweringContext,
  lowererShape,
  onnxTensor,
  perChannel,
  poolingOf,
  statisticAxes,
} from './lower-forward.ts';
import { lowerLoss } from './lower-loss.ts';
import { lowerAveragePoolGradient, lowerMaxPoolGradient } from './lower-pool.ts';

/** Writes the loss and all gradients; rows are the images and then the given latents. */
export function lowerBackward(context: LoweringContext, graph: TrainGraph, options: TrainStepOptions): void {
  for (const op of graph.backward) lowerOp(context, op, options);
}

function lowerOp(context: LoweringContext, op: BackwardOp, options: TrainStepOptions): void {
  const { writer, tensors } = context;
  if (op.kind === 'softmaxCrossEntropyGradient') {
    lowerLoss(context, op.logits, op.inputGradient, options);
    return;
  }
  if (op.kind === 'sumGradients') {
    tensors.set(
      op.sum,
      writer.node(
        'Add',
        op.terms.map((term) => onnxTensor(context, term)),
      ),
    );
    return;
  }
  writer.layer(`${op.forward.layer}/gradient`);
  const dy = onnxTensor(context, op.outputGradient);
  switch (op.kind) {
    case 'conv2dInputGradient':
      tensors.set(op.inputGradient, lowerInputGradient(writer, convolutionOf(context, op.forward), dy));
      return;
    case 'conv2dKernelGradient': {
      const input = onnxTensor(context, op.forward.input);
      tensors.set(op.kernelGradient, lowerKernelGradient(writer, convolutionOf(context, op.forward), input, dy));
      return;
    }
    case 'conv2dBiasGradient':
      tensors.set(op.biasGradient, writer.node('ReduceSum', [dy, writer.ints([0, 2, 3])], { keepdims: 0 }));
      return;
    case 'batchNormGradient': {
      const gradients = batchNormGradient(context, op.forward, dy);
      tensors.set(op.inputGradient, gradients.input);
      tensors.set(op.gammaGradient, gradients.gamma);
      tensors.set(op.betaGradient, gradients.beta);
      return;
    }
    case 'reluGradient': {
      const positive = writer.node('Greater', [onnxTensor(context, op.forward.output), writer.scalar(0)]);
      tensors.set(op.inputGradient, writer.node('Mul', [dy, writer.node('Cast', [positive], { to: 1 })]));
      return;
    }
    case 'dropoutGradient':
      tensors.set(op.inputGradient, writer.node('Mul', [dy, onnxTensor(context, dropoutMaskName(op.forward.output))]));
      return;
    case 'poolGradient':
      tensors.set(op.inputGradient, poolGradient(context, op.forward, dy));
      return;
    case 'globalAveragePoolGradient': {
      const [, , height, width] = lowererShape(context, op.forward.input) as [number, number, number, number];
      const scaled = writer.node('Mul', [dy, writer.scalar(1 / (height * width))]);
      const pixels = writer.node('Reshape', [scaled, writer.ints([context.batchSize, -1, 1, 1])]);
      tensors.set(
        op.inputGradient,
        writer.node('Expand', [pixels, writer.ints(lowererShape(context, op.forward.input))]),
      );
      return;
    }
    case 'flattenGradient': {
      const shape = shapeOf(context.model, op.forward.input);
      const channelsLast = writer.node('Reshape', [dy, writer.ints([context.batchSize, ...shape])]);
      tensors.set(
        op.inputGradient,
        shape.length === 3 ? writer.node('Transpose', [channelsLast], { perm: [0, 3, 1, 2] }) : channelsLast,
      );
      return;
    }
    case 'denseInputGradient': {
      const kernel = onnxTensor(context, op.forward.kernel);
      tensors.set(op.inputGradient, writer.node('Gemm', [imageRows(context, op.forward, dy), kernel], { transB: 1 }));
      return;
    }
    case 'denseKernelGradient': {
      const { joinedInputs } = context.trace as ForwardTrace;
      const input = joinedInputs.get(op.forward.output) ?? onnxTensor(context, op.forward.input);
      tensors.set(op.kernelGradient, writer.node('Gemm', [input, dy], { transA: 1 }));
      return;
    }
    case 'denseBiasGradient':
      tensors.set(op.biasGradient, writer.node('ReduceSum', [dy, writer.ints([0])], { keepdims: 0 }));
  }
}

/** The rows of images alone: given latents pass no gradient on to the layers before. */
function imageRows(context: LoweringContext, op: DenseOp, dy: string): string {
  const { writer, batchSize, trace } = context;
  if (!trace?.joinedInputs.has(op.output)) return dy;
  return writer.node('Slice', [dy, writer.ints([0]), writer.ints([batchSize]), writer.ints([0])]);
}

/** With m rows a channel: dx = gamma / deviation * (dy - sum(dy) / m - normalized * sum(dy * normalized) / m). */
function batchNormGradient(
  context: LoweringContext,
  op: BatchNormOp,
  dy: string,
): { input: string; gamma: string; beta: string } {
  const { writer, model, batchSize } = context;
  const shape = shapeOf(model, op.input);
  const traced = (context.trace as ForwardTrace).batchNorm.get(op.output);
  if (traced === undefined) throw new InvariantError(`onnx: batch norm ${op.layer} has no forward trace`);
  const axes = writer.ints(statisticAxes(shape));
  const channels = shape[shape.length - 1] as number;
  const rows = (batchSize * elementCount(shape)) / channels;
  const beta = writer.node('ReduceSum', [dy, axes], { keepdims: 1 });
  const gamma = writer.node('ReduceSum', [writer.node('Mul', [dy, traced.normalized]), axes], { keepdims: 1 });
  const meanOf = (sum: string) => writer.node('Mul', [sum, writer.scalar(1 / rows)]);
  const without = writer.node('Sub', [dy, meanOf(beta)]);
  const along = writer.node('Mul', [traced.normalized, meanOf(gamma)]);
  const scale = writer.node('Mul', [
    perChannel(context, onnxTensor(context, op.gamma), shape),
    traced.inverseDeviation,
  ]);
  const flat = writer.ints([-1]);
  return {
    input: writer.node('Mul', [writer.node('Sub', [without, along]), scale]),
    gamma: writer.node('Reshape', [gamma, flat]),
    beta: writer.node('Reshape', [beta, flat]),
  };
}

function poolGradient(context: LoweringContext, op: PoolOp, dy: string): string {
  const { writer } = context;
  if (op.kind === 'averagePool') return lowerAveragePoolGradient(writer, poolingOf(context, op), dy);
  const indices = (context.trace as ForwardTrace).poolIndices.get(op.output);
  if (indices === undefined) throw new InvariantError(`onnx: max pool ${op.layer} has no forward trace`);
  return lowerMaxPoolGradient(writer, poolingOf(context, op), dy, indices);
}
