import type { OnnxGraphWriter } from '../../onnxruntime/onnx-writer.ts';
import type { LossOptions, TrainStepOptions } from '../engine.ts';
import { shapeOf } from '../graph/model-graph.ts';
import { type LoweringContext, onnxTensor } from './lower-forward.ts';

/** Whether the rows of a batch may count differently in the loss. */
export function hasRowShares(options: TrainStepOptions): boolean {
  return options.classWeights !== undefined || (options.latentBatchSize ?? 0) > 0;
}

/**
 * The loss of a batch, its outputs `loss` and `logits`, and its gradient by the logits; formulas: `createSoftmaxCrossEntropy`.
 * `labels` is [rows, c], a distribution a row. Through LogSoftmax, which stays finite for any logits: the mean over the rows,
 * or where these have an input `rowShares` [rows, 1], which sum to 1, the sum of shares.
 */
export function lowerLoss(
  context: LoweringContext,
  logitsName: string,
  gradientName: string,
  options: TrainStepOptions,
): void {
  const { writer, tensors, model } = context;
  const { logitScale = 1, focalGamma = 0 } = options;
  const weighted = hasRowShares(options);
  writer.layer('loss');
  const [classCount] = shapeOf(model, logitsName) as [number];
  const rowCount = context.batchSize + (context.trace?.latentBatchSize ?? 0);
  const labels = writer.input('labels', [rowCount, classCount]);
  const logits = onnxTensor(context, logitsName);
  writer.output('logits', [rowCount, classCount]);
  writer.node('Identity', [logits], {}, 'logits');
  const trained = trainedLogits(writer, logits, labels, options);
  const logProbability = writer.node('LogSoftmax', [trained], { axis: 1 });
  const own = writer.node('ReduceSum', [writer.node('Mul', [labels, logProbability]), writer.ints([1])], {
    keepdims: weighted || focalGamma > 0 ? 1 : 0,
  });
  const probability = writer.node('Softmax', [trained], { axis: 1 });
  const error = writer.node('Sub', [probability, labels]);
  const focal = focalGamma > 0 ? focalFactors(writer, labels, probability, own, focalGamma) : undefined;
  const rowLoss = focal === undefined ? own : writer.node('Mul', [own, focal.loss]);
  const slope = focal === undefined ? error : writer.node('Mul', [error, focal.slope]);
  writer.output('loss', []);
  if (weighted) {
    const shares = writer.input('rowShares', [rowCount, 1]);
    const all = writer.ints([0, 1]);
    const sum = writer.node('ReduceSum', [writer.node('Mul', [rowLoss, shares]), all], { keepdims: 0 });
    writer.node('Neg', [sum], {}, 'loss');
    const gradient = writer.node('Mul', [slope, shares]);
    tensors.set(gradientName, logitScale === 1 ? gradient : writer.node('Mul', [gradient, writer.scalar(logitScale)]));
    return;
  }
  writer.node('Neg', [writer.node('ReduceMean', [rowLoss], { keepdims: 0 })], {}, 'loss');
  tensors.set(gradientName, writer.node('Mul', [slope, writer.scalar(logitScale / rowCount)]));
}

/** logitScale * (logits + offsets - labels * margins) */
function trainedLogits(
  writer: OnnxGraphWriter,
  logits: string,
  labels: string,
  { logitOffsets, margins, logitScale = 1 }: LossOptions,
): string {
  const row = (values: Float32Array) => writer.floats(values, [1, values.length]);
  let trained = logits;
  if (logitOffsets !== undefined) trained = writer.node('Add', [trained, row(logitOffsets)]);
  if (margins !== undefined) trained = writer.node('Sub', [trained, writer.node('Mul', [labels, row(margins)])]);
  return logitScale === 1 ? trained : writer.node('Mul', [trained, writer.scalar(logitScale)]);
}

/** Below it, -log(1 - q) / q is summed up as a series: the logarithm would lose the digits of a small q. */
const seriesBelow = 2 ** -5;

/**
 * [rows, 1]: what cross-entropy is multiplied with, q^gamma with q = 1 - p of the own class; and its slope,
 * q^gamma (1 + gamma p (-log p) / q).
 */
function focalFactors(
  writer: OnnxGraphWriter,
  labels: string,
  probability: string,
  ownLogProbability: string,
  gamma: number,
): { readonly loss: string; readonly slope: string } {
  const scalar = (value: number) => writer.scalar(value);
  const add = (a: string, b: string) => writer.node('Add', [a, b]);
  const multiply = (a: string, b: string) => writer.node('Mul', [a, b]);
  const rowSum = (values: string) => writer.node('ReduceSum', [values, writer.ints([1])], { keepdims: 1 });
  const own = rowSum(multiply(labels, probability));
  const others = rowSum(multiply(writer.node('Sub', [scalar(1), labels]), probability));
  const series = [1 / 4, 1 / 3, 1 / 2, 1].reduce(
    (sum, coefficient) => add(scalar(coefficient), multiply(others, sum)),
    scalar(1 / 5),
  );
  const quotient = writer.node('Div', [
    writer.node('Neg', [ownLogProbability]),
    writer.node('Max', [others, scalar(seriesBelow)]),
  ]);
  const ratio = writer.node('Where', [writer.node('Less', [others, scalar(seriesBelow)]), series, quotient]);
  const loss = writer.node('Pow', [others, scalar(gamma)]);
  const bracket = add(scalar(1), multiply(multiply(own, scalar(gamma)), ratio));
  return { loss, slope: multiply(loss, bracket) };
}
