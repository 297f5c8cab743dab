import { f32Literal } from '../../wgsl/f32-literal.ts';
import { finiteBitsWgsl } from '../../wgsl/finite-bits.wgsl.ts';
import { momentumUpdateWgsl } from '../momentum-sgd/momentum-sgd.wgsl.ts';
import { crossEntropyOfRowWgsl } from '../softmax-cross-entropy/softmax-cross-entropy.wgsl.ts';
import type { LinearSoftmaxShape } from './linear-softmax.shape.ts';
import {
  slicedColumnsPerWorkgroup,
  slicedForwardWgsl,
  slicedGradientWgsl,
  slicedRowsPerWorkgroup,
} from './linear-softmax.sliced.wgsl.ts';
import { subgroupForwardWgsl, subgroupGradientWgsl, subgroupTile } from './linear-softmax.subgroup.wgsl.ts';

/** Words of the buffer between the two dispatches of a step: gradients [batch, c], then (weight * loss, weight) [batch]. */
export const scratchWords = ({ batchSize, classCount }: LinearSoftmaxShape) => batchSize * (classCount + 2);

export const forwardWorkgroups = ({ batchSize, subgroupSize }: LinearSoftmaxShape) =>
  Math.ceil(batchSize / (subgroupSize === 0 ? slicedRowsPerWorkgroup : subgroupTile * subgroupSize));

/** One more than the columns need: for the bias and the loss. */
export const updateWorkgroups = ({ d, subgroupSize }: LinearSoftmaxShape) =>
  Math.ceil(d / (subgroupSize === 0 ? slicedColumnsPerWorkgroup : subgroupTile * subgroupSize)) + 1;

/** Logits of the batch's rows, and in their place w_r (softmax - target); the sum of the weights divides later. */
export function forwardWgsl(shape: LinearSoftmaxShape): string {
  const { d, classCount, batchSize, labelSmoothing, classWeights, subgroupSize } = shape;
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
${crossEntropyOfRowWgsl(classCount, {
  logits: 'scratch',
  gradient: 'scratch',
  own: f32Literal(1 - labelSmoothing),
  elsewhere: f32Literal(labelSmoothing / classCount),
})}
/** The gradient of a row whose logits are in the scratch, and what the sums over the rows need. */
fn finishRow(row: u32, source: u32) {
  let label = labels[source];
  let weight = ${classWeights ? 'classWeights[label]' : '1.0'};
  let rowLoss = crossEntropyOfRow(row, label, weight);
  let loss = select(0x7fc00000u, bitcast<u32>(weight * rowLoss.loss), rowLoss.finite);
  scratch[${batchSize * classCount}u + 2u * row] = ${classWeights ? 'select(loss, 0u, weight == 0.0)' : 'loss'};
  scratch[${batchSize * classCount}u + 2u * row + 1u] = bitcast<u32>(weight);
  ${
    classWeights
      ? `if (weight == 0.0) {
    for (var j = 0u; j < ${classCount}u; j++) { scratch[row * ${classCount}u + j] = 0u; }
  }`
      : ''
  }
}
${subgroupSize === 0 ? slicedForwardWgsl(shape) : subgroupForwardWgsl(shape)}`;
}

/** The gradients of kernel and bias by sums over the batch, the update by them, and the loss of the step. */
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
@group(0) @binding(9) var<storage, read_write> losses: array<u32>;
${finiteBitsWgsl}
${momentumUpdateWgsl(shape, 'f32')}
/** (weight * loss, weight, 1 where the loss is no finite number) of a row of the batch. */
fn totalsOfRow(row: u32) -> vec3f {
  let loss = scratch[${batchSize * classCount}u + 2u * row];
  let weight = bitcast<f32>(scratch[${batchSize * classCount}u + 2u * row + 1u]);
  if (!finiteBits(loss)) { return vec3f(0.0, weight, 1.0); }
  return vec3f(bitcast<f32>(loss), weight, 0.0);
}
/** 1 / sum of the weights; 0 when all of them are. */
fn inverseOf(weightSum: f32) -> f32 {
  if (weightSum == 0.0) { return 0.0; }
  return 1.0 / weightSum;
}
fn writeLoss(totals: vec3f) {
  let mean = totals.x * inverseOf(totals.y);
  losses[step] = select(0x7fc00000u, bitcast<u32>(mean), totals.z == 0.0);
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
