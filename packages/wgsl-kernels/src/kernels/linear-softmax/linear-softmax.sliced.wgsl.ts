import { classBlock, type LinearSoftmaxShape, unrolled } from './linear-softmax.shape.ts';

/** Rows of the batch that a workgroup of the forward pass takes. */
export const slicedRowsPerWorkgroup = 8;
/** Lanes that share the sum of a logit. */
const forwardSlices = 8;
const forwardLanes = slicedRowsPerWorkgroup * forwardSlices;

/** Columns of the latents that a workgroup of the gradient takes. */
export const slicedColumnsPerWorkgroup = 16;
/** Lanes that share the sum of a gradient. */
const gradientSlices = 16;
const gradientLanes = slicedColumnsPerWorkgroup * gradientSlices;

/** Logits: eight lanes share a row, each takes every eighth piece of its latent. */
export function slicedForwardWgsl(shape: LinearSoftmaxShape): string {
  const { d, classCount: c, batchSize } = shape;
  const block = classBlock(shape);
  const whole = c % block === 0;
  const width = d % 4 === 0 ? 4 : 1;
  const column = (j: number) => (whole ? `block + ${j}u` : `min(block + ${j}u, ${c - 1}u)`);
  return /* wgsl */ `
var<workgroup> partial: array<f32, ${16 * forwardLanes}>;
@compute @workgroup_size(${forwardLanes})
fn main(@builtin(workgroup_id) id: vec3u, @builtin(local_invocation_index) lane: u32) {
  let first = id.x * ${slicedRowsPerWorkgroup}u;
  let row = first + lane / ${forwardSlices}u;
  let source = order[step * ${batchSize}u + min(row, ${batchSize - 1}u)];
  for (var block = 0u; block < ${c}u; block += ${block}u) {
    ${unrolled(block, (j) => `var sum${j} = 0.0;`)}
    for (var k = (lane % ${forwardSlices}u) * ${width}u; k < ${d}u; k += ${forwardSlices * width}u) {
      let x = latents[(source * ${d}u + k)${width === 4 ? ' >> 2u' : ''}];
      ${unrolled(width, (i) =>
        unrolled(block, (j) => {
          const value = width === 4 ? `x[${i}]` : 'x';
          return `sum${j} = fma(${value}, weights[(k + ${i}u) * ${c}u + ${column(j)}], sum${j});`;
        }),
      )}
    }
    ${unrolled(block, (j) => `partial[${j * forwardLanes}u + (lane & ${forwardLanes - 1}u)] = sum${j};`)}
    workgroupBarrier();
    for (var at = lane; at < ${slicedRowsPerWorkgroup * block}u; at += ${forwardLanes}u) {
      let j = at / ${slicedRowsPerWorkgroup}u;
      let other = at % ${slicedRowsPerWorkgroup}u;
      if (first + other < ${batchSize}u && block + j < ${c}u) {
        var logit = 0.0;
        for (var slice = 0u; slice < ${forwardSlices}u; slice++) {
          logit += partial[(j * ${forwardLanes}u + other * ${forwardSlices}u + slice) & ${16 * forwardLanes - 1}u];
        }
        scratch[(first + other) * ${c}u + block + j] = bitcast<u32>(logit + bias[block + j]);
      }
    }
    workgroupBarrier();
  }
  storageBarrier();
  let own = first + lane;
  if (lane < ${slicedRowsPerWorkgroup}u && own < ${batchSize}u) {
    finishRow(own, order[step * ${batchSize}u + own]);
  }
}
`;
}

/** Gradients: sixteen lanes share a column of the latents, each takes every sixteenth row of the batch. */
export function slicedGradientWgsl(shape: LinearSoftmaxShape): string {
  const { d, classCount: c, batchSize, classWeights } = shape;
  const block = classBlock(shape);
  const whole = c % block === 0;
  const columns = slicedColumnsPerWorkgroup;
  const column = (j: number) => (whole ? `block + ${j}u` : `min(block + ${j}u, ${c - 1}u)`);
  return /* wgsl */ `
// As many as every device offers, 16 KiB: the sums over the rows use the front of it before the gradients do.
var<workgroup> partial: array<f32, ${16 * gradientLanes}>;
/** Adds up one number of each lane, always in the same order. */
fn sumLanes(lane: u32, value: f32) -> f32 {
  partial[lane & ${gradientLanes - 1}u] = value;
  for (var half = ${gradientLanes / 2}u; half > 0u; half >>= 1u) {
    workgroupBarrier();
    if (lane < half) { partial[lane & ${gradientLanes - 1}u] += partial[(lane + half) & ${gradientLanes - 1}u]; }
  }
  workgroupBarrier();
  let sum = partial[0];
  workgroupBarrier();
  return sum;
}
@compute @workgroup_size(${gradientLanes})
fn main(@builtin(workgroup_id) id: vec3u, @builtin(local_invocation_index) lane: u32) {
  var own = vec4f();
  for (var row = lane; row < ${batchSize}u; row += ${gradientLanes}u) { own += totalsOfRow(row); }
  let bad = sumLanes(lane, own.w);
  let weight = ${classWeights ? 'sumLanes(lane, own.y)' : `${batchSize}.0`};
  let inverse = inverseOf(weight);
  if (id.x == ${Math.ceil(d / columns)}u) {
    let loss = sumLanes(lane, own.x);
    let correct = sumLanes(lane, own.z);
    if (lane == 0u) { writeTotals(vec4f(loss, weight, correct, bad)); }
    if (bad == 0.0) {
      for (var column = lane; column < ${c}u; column += ${gradientLanes}u) { updateBias(column, inverse); }
    }
    return;
  }
  let firstColumn = id.x * ${columns}u;
  let k = min(firstColumn + lane % ${columns}u, ${d - 1}u);
  for (var block = 0u; block < ${c}u; block += ${block}u) {
    ${unrolled(block, (j) => `var sum${j} = 0.0;`)}
    for (var row = lane / ${columns}u; row < ${batchSize}u; row += ${gradientSlices}u) {
      let x = latents[order[step * ${batchSize}u + row] * ${d}u + k];
      ${unrolled(block, (j) => `sum${j} = fma(x, bitcast<f32>(scratch[row * ${c}u + ${column(j)}]), sum${j});`)}
    }
    ${unrolled(block, (j) => `partial[${j * gradientLanes}u + (lane & ${gradientLanes - 1}u)] = sum${j};`)}
    workgroupBarrier();
    for (var at = lane; at < ${columns * block}u; at += ${gradientLanes}u) {
      let j = at / ${columns}u;
      let column = at % ${columns}u;
      if (bad == 0.0 && firstColumn + column < ${d}u && block + j < ${c}u) {
        var gradient = 0.0;
        for (var slice = 0u; slice < ${gradientSlices}u; slice++) {
          gradient += partial[(j * ${gradientLanes}u + slice * ${columns}u + column) & ${16 * gradientLanes - 1}u];
        }
        updateWeight((firstColumn + column) * ${c}u + block + j, gradient * inverse);
      }
    }
    workgroupBarrier();
  }
}
`;
}
