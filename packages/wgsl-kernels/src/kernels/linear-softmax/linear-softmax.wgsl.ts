import { f32Literal } from '../../wgsl/f32-literal.ts';
import { finiteBitsWgsl } from '../../wgsl/finite-bits.wgsl.ts';
import { momentumUpdateWgsl } from '../momentum-sgd/momentum-sgd.wgsl.ts';
import { crossEntropyOfRowWgsl } from '../softmax-cross-entropy/row-loss.wgsl.ts';
import type { LinearSoftmaxShape } from './linear-softmax.shape.ts';
import {
  slicedColumnsPerWorkgroup,
  slicedForwardWgsl,
  slicedGradientWgsl,
  slicedRowsPerWorkgroup,
} from './linear-softmax.sliced.wgsl.ts';
import { subgroupForwardWgsl, subgroupGradientWgsl, subgroupTile } from './linear-softmax.subgroup.wgsl.ts';

/** Words of the buffer between the two dispatches of a step: gradients [batch, c], then (weight * loss, weight, correct) [batch]. */
export const scratchWords = ({ batchSize, classCount }: LinearSoftmaxShape) => batchSize * (classCount + 3);

export const forwardWorkgroups = ({ batchSize, subgroupSize }: LinearSoftmaxShape) =>
  Math.ceil(batchSize / (subgroupSize === 0 ? slicedRowsPerWorkgroup : subgroupTile * subgroupSize));

/** One more than the columns need: for the bias and the totals. */
export const updateWorkgroups = ({ d, subgroupSize }: LinearSoftmaxShape) =>
  Math.ceil(d / (subgroupSize === 0 ? slicedColumnsPerWorkgroup : subgroupTile * subgroupSize)) + 1;

/** Logits of the batch's rows, and in their place w_r times the gradient of the row's loss; the sum of the weights divides later. */
export function forwardWgsl(shape: LinearSoftmaxShape): string {
  const { d, classCount, batchSize, labelSmoothing, classWeights, classOffsets, subgroupSize } = shape;
  const rowNames = {
    logits: 'scratch',
    gradient: 'scratch',
    own: f32Literal(1 - labelSmoothing),
    elsewhere: f32Literal(labelSmoothing / classCount),
  };
  return /* wgsl */ `
${subgroupSize === 0 ? '' : 'enable subgroups;'}
@group(0) @binding(0) var<uniform> step: u32;
@group(0) @binding(1) var<storage, read> latents: array<${d % 4 === 0 ? 'vec4f' : 'f32'}>;
@group(0) @binding(2) var<storage, read> labels: array<u32>;
@group(0) @binding(3) var<storage, read> order: array<u32>;
@group(0) @binding(4) var<storage, read> weights: array<f32>;
@group(0) @binding(5) var<storage, read> bias: array<f32>;
@group(0) @binding(6) var<storage, read_write> scratch: array<u32>;
${classWeights ? '@group(0) @binding(7) var<storage, read> classWeights: array<f32>;' : ''}
${classOffsets ? `@group(0) @binding(${classWeights ? 8 : 7}) var<storage, read> classOffsets: array<f32>;` : ''}
${crossEntropyOfRowWgsl(classCount, rowNames, shape)}
/** The gradient of a row whose logits are in the scratch, and what the sums over the rows need. */
fn finishRow(row: u32, source: u32) {
  let label = labels[source];
  let weight = ${classWeights ? 'classWeights[label]' : '1.0'};
  let rowLoss = crossEntropyOfRow(row, label, weight);
  let loss = select(0x7fc00000u, bitcast<u32>(weight * rowLoss.loss), rowLoss.finite);
  let counted = ${classWeights ? 'weight != 0.0' : 'true'};
  let start = ${batchSize * classCount}u + 3u * row;
  scratch[start] = select(0u, loss, counted);
  scratch[start + 1u] = bitcast<u32>(weight);
  scratch[start + 2u] = select(0u, bitcast<u32>(1.0), counted && rowLoss.correct);
  ${
    classWeights
      ? `if (!counted) {
    for (var j = 0u; j < ${classCount}u; j++) { scratch[row * ${classCount}u + j] = 0u; }
  }`
      : ''
  }
}
${subgroupSize === 0 ? slicedForwardWgsl(shape) : subgroupForwardWgsl(shape)}`;
}

/** The gradients of kernel and bias by sums over the batch, the update by them, and the totals of the step. */
export function updateWgsl(shape: LinearSoftmaxShape): string {
  const { classCount, batchSize, weightDecay, subgroupSize } = shape;
  return /* wgsl */ `
${subgroupSize === 0 ? '' : 'enable subgroups;'}
@group(0) @binding(0) var<uniform> step: u32;
@group(0) @binding(1) var<uniform> learningRate: f32;
@group(0) @binding(2) var<storage, read> latents: array<f32>;
@group(0) @binding(3) var<storage, read> order: array<u32>;
@group(0) @binding(4) var<storage, read> scratch: array<u32>;
@group(0) @binding(5) var<storage, read_write> weights: array<f32>;
@group(0) @binding(6) var<storage, read_write> weightMomenta: array<f32>;
@group(0) @binding(7) var<storage, read_write> bias: array<f32>;
@group(0) @binding(8) var<storage, read_write> biasMomenta: array<f32>;
@group(0) @binding(9) var<storage, read_write> totals: array<vec2u>;
${finiteBitsWgsl}
${momentumUpdateWgsl(shape, 'f32')}
/** (weight * loss, weight, correct, 1 where the loss is no finite number) of a row of the batch. */
fn totalsOfRow(row: u32) -> vec4f {
  let start = ${batchSize * classCount}u + 3u * row;
  let loss = scratch[start];
  let weight = bitcast<f32>(scratch[start + 1u]);
  if (!finiteBits(loss)) { return vec4f(0.0, weight, 0.0, 1.0); }
  return vec4f(bitcast<f32>(loss), weight, bitcast<f32>(scratch[start + 2u]), 0.0);
}
/** 1 / sum of the weights; 0 when all of them are. */
fn inverseOf(weightSum: f32) -> f32 {
  if (weightSum == 0.0) { return 0.0; }
  return 1.0 / weightSum;
}
fn writeTotals(sums: vec4f) {
  let mean = sums.x * inverseOf(sums.y);
  totals[step] = vec2u(select(0x7fc00000u, bitcast<u32>(mean), sums.w == 0.0), bitcast<u32>(sums.z));
}
fn updateWeight(at: u32, gradient: f32) {
  let updated = momentumUpdate(weights[at], weightMomenta[at], gradient, ${f32Literal(weightDecay)}, learningRate);
  weights[at] = updated.weight;
  weightMomenta[at] = updated.momentum;
}
fn updateBias(column: u32, inverse: f32) {
  var gradient = 0.0;
  for (var row = 0u; row < ${batchSize}u; row++) { gradient += bitcast<f32>(scratch[row * ${classCount}u + column]); }
  let updated = momentumUpdate(bias[column], biasMomenta[column], gradient * inverse, 0.0, learningRate);
  bias[column] = updated.weight;
  biasMomenta[column] = updated.momentum;
}
${subgroupSize === 0 ? slicedGradientWgsl(shape) : subgroupGradientWgsl(shape)}`;
}
