import { finiteBitsWgsl } from '../../wgsl/finite-bits.wgsl.ts';
import { linearWorkgroupWgsl } from '../../wgsl/linear-workgroup.wgsl.ts';
import type { RowLoss } from './row-loss.ts';
import { crossEntropyOfRowWgsl } from './row-loss.wgsl.ts';

/** Rows a workgroup takes, one a lane; also the lanes of a sum over all rows. */
export const SOFTMAX_CROSS_ENTROPY_WORKGROUP = 64;
const workgroup = SOFTMAX_CROSS_ENTROPY_WORKGROUP;

/** What is compiled into the shaders. */
export interface SoftmaxCrossEntropyShape extends RowLoss {
  readonly classCount: number;
  readonly classWeights: boolean;
  readonly rowWeights: boolean;
}

/** Adds up `partial` over the lanes, always in the same order; every lane must call it. */
const sumLanesWgsl = (type: string) => /* wgsl */ `
var<workgroup> partial: array<${type}, ${workgroup}>;
fn sumLanes(lane: u32, value: ${type}) -> ${type} {
  partial[lane & ${workgroup - 1}u] = value;
  for (var half = ${workgroup / 2}u; half > 0u; half >>= 1u) {
    workgroupBarrier();
    if (lane < half) { partial[lane & ${workgroup - 1}u] += partial[(lane + half) & ${workgroup - 1}u]; }
  }
  workgroupBarrier();
  return partial[0];
}
`;

const sizesWgsl = /* wgsl */ `
struct Sizes { rows: u32, inverseRows: f32, own: f32, elsewhere: f32 }
@group(0) @binding(0) var<uniform> sizes: Sizes;
`;

/** The weight of a row, from what is bound from `first` on. */
function rowWeightWgsl({ classWeights, rowWeights }: SoftmaxCrossEntropyShape, first: number): string {
  const factors = [...(classWeights ? ['classWeights[labels[row]]'] : []), ...(rowWeights ? ['rowWeights[row]'] : [])];
  const bindings = [...(classWeights ? ['classWeights'] : []), ...(rowWeights ? ['rowWeights'] : [])];
  return /* wgsl */ `
${bindings.map((name, at) => `@group(0) @binding(${first + at}) var<storage, read> ${name}: array<f32>;`).join('\n')}
fn rowWeight(row: u32) -> f32 { return ${factors.length === 0 ? '1.0' : factors.join(' * ')}; }
`;
}

/**
 * One lane a row: its gradient, and (weight * loss, weight, counted and correct, 0) for the sum over the rows. Every
 * workgroup adds up the weights of all rows by itself, which saves a dispatch.
 */
export function softmaxCrossEntropyRowsWgsl(shape: SoftmaxCrossEntropyShape): string {
  const { classCount, classWeights, rowWeights, classOffsets } = shape;
  const weighted = classWeights || rowWeights;
  const offsetsBinding = 5 + Number(classWeights) + Number(rowWeights);
  return /* wgsl */ `
${sizesWgsl}
@group(0) @binding(1) var<storage, read> logits: array<u32>;
@group(0) @binding(2) var<storage, read> labels: array<u32>;
@group(0) @binding(3) var<storage, read_write> logitsGradient: array<u32>;
@group(0) @binding(4) var<storage, read_write> rowTotals: array<vec4u>;
${rowWeightWgsl(shape, 5)}
${classOffsets ? `@group(0) @binding(${offsetsBinding}) var<storage, read> classOffsets: array<f32>;` : ''}
${linearWorkgroupWgsl}
${crossEntropyOfRowWgsl(classCount, { logits: 'logits', gradient: 'logitsGradient', own: 'sizes.own', elsewhere: 'sizes.elsewhere' }, shape)}
${weighted ? sumLanesWgsl('f32') : ''}
@compute @workgroup_size(${workgroup})
fn main(@builtin(workgroup_id) id: vec3u, @builtin(num_workgroups) grid: vec3u, @builtin(local_invocation_index) lane: u32) {
  ${
    weighted
      ? `
  var weights = 0.0;
  for (var other = lane; other < sizes.rows; other += ${workgroup}u) { weights += rowWeight(other); }
  let weightSum = sumLanes(lane, weights);`
      : ''
  }
  let row = linearWorkgroup(id, grid) * ${workgroup}u + lane;
  if (row >= sizes.rows) { return; }
  let weight = rowWeight(row);
  ${
    weighted
      ? `
  if (weight == 0.0) {
    for (var j = 0u; j < ${classCount}u; j++) { logitsGradient[row * ${classCount}u + j] = 0u; }
    rowTotals[row] = vec4u();
    return;
  }
  let scale = weight / weightSum;`
      : 'let scale = sizes.inverseRows;'
  }
  let rowLoss = crossEntropyOfRow(row, labels[row], scale);
  // A NaN that is said in bits, since WGSL need not keep one that is computed.
  let loss = select(0x7fc00000u, bitcast<u32>(weight * rowLoss.loss), rowLoss.finite);
  rowTotals[row] = vec4u(loss, bitcast<u32>(weight), select(0u, 1u, rowLoss.correct), 0u);
}
`;
}

/** One workgroup: the sums over the rows, and (mean loss, correct rows, weights, 0) into the slot's row of the totals. */
export const softmaxCrossEntropyTotalsWgsl = /* wgsl */ `
${sizesWgsl}
@group(0) @binding(1) var<storage, read> rowTotals: array<vec4u>;
@group(0) @binding(2) var<storage, read_write> totals: array<vec4u>;
@group(0) @binding(3) var<uniform> slot: u32;
${finiteBitsWgsl}
${sumLanesWgsl('vec4f')}
@compute @workgroup_size(${workgroup})
fn main(@builtin(local_invocation_index) lane: u32) {
  // (weight * loss, weight, correct, rows whose loss is no finite number)
  var sums = vec4f();
  for (var row = lane; row < sizes.rows; row += ${workgroup}u) {
    let bits = rowTotals[row];
    if (finiteBits(bits.x)) {
      sums += vec4f(bitcast<f32>(bits.x), bitcast<f32>(bits.y), f32(bits.z), 0.0);
    } else {
      sums += vec4f(0.0, bitcast<f32>(bits.y), 0.0, 1.0);
    }
  }
  let all = sumLanes(lane, sums);
  if (lane == 0u) {
    let mean = select(all.x / all.y, 0.0, all.y == 0.0);
    let loss = select(bitcast<u32>(mean), 0x7fc00000u, all.w > 0.0);
    totals[slot] = vec4u(loss, bitcast<u32>(all.z), bitcast<u32>(all.y), 0u);
  }
}
`;
