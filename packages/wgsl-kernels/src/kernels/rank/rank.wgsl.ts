import { linearWorkgroupWgsl } from '../../wgsl/linear-workgroup.wgsl.ts';
import { orderKeyWgsl } from '../../wgsl/order-key.wgsl.ts';

/** Lanes of a workgroup. */
export const RANK_WORKGROUP = 256;
/** Rows that one workgroup sorts in its own memory: two a lane. */
export const RANK_BLOCK = 2 * RANK_WORKGROUP;

/** Fills keys and order for the padded length; the padding sorts behind every row, being equal at most and of higher index. */
export const rankLoadWgsl = /* wgsl */ `
struct Sizes { n: u32, flip: u32 }
@group(0) @binding(0) var<uniform> sizes: Sizes;
@group(0) @binding(1) var<storage, read> scores: array<u32>;
@group(0) @binding(2) var<storage, read_write> keys: array<u32>;
@group(0) @binding(3) var<storage, read_write> order: array<u32>;
${orderKeyWgsl}${linearWorkgroupWgsl}
@compute @workgroup_size(${RANK_WORKGROUP})
fn main(@builtin(workgroup_id) workgroup: vec3u, @builtin(num_workgroups) grid: vec3u, @builtin(local_invocation_index) lane: u32) {
  let row = linearWorkgroup(workgroup, grid) * ${RANK_WORKGROUP}u + lane;
  if (row >= arrayLength(&keys)) { return; }
  keys[row] = 0xffffffffu;
  if (row < sizes.n) { keys[row] = orderKey(scores[row]) ^ sizes.flip; }
  order[row] = row;
}
`;

const sortBindings = /* wgsl */ `
struct Step { first: u32, last: u32 }
@group(0) @binding(0) var<uniform> step: Step;
@group(0) @binding(1) var<storage, read_write> keys: array<u32>;
@group(0) @binding(2) var<storage, read_write> order: array<u32>;
${linearWorkgroupWgsl}`;

/**
 * Bitonic stages whose partners lie inside one block, in workgroup memory: run lengths `first` to
 * `last`, each with its strides up to half a block. With first = 2 and last = a block it sorts the
 * blocks; with first = last = k it finishes the stages of run length k.
 */
export const rankBlocksWgsl = /* wgsl */ `
${sortBindings}
var<workgroup> blockKeys: array<u32, ${RANK_BLOCK}>;
var<workgroup> blockOrder: array<u32, ${RANK_BLOCK}>;

@compute @workgroup_size(${RANK_WORKGROUP})
fn main(@builtin(workgroup_id) workgroup: vec3u, @builtin(num_workgroups) grid: vec3u, @builtin(local_invocation_index) lane: u32) {
  let block = linearWorkgroup(workgroup, grid) * ${RANK_BLOCK}u;
  // A grid split in two dimensions has spare workgroups; they all return together.
  if (block >= arrayLength(&keys)) { return; }
  for (var half = 0u; half < 2u; half++) {
    let at = lane + half * ${RANK_WORKGROUP}u;
    blockKeys[at] = keys[block + at];
    blockOrder[at] = order[block + at];
  }
  for (var run = step.first; run <= step.last && run != 0u; run = run << 1u) {
    for (var stride = min(run >> 1u, ${RANK_WORKGROUP}u); stride > 0u; stride = stride >> 1u) {
      workgroupBarrier();
      let low = ((lane & ~(stride - 1u)) << 1u) | (lane & (stride - 1u));
      let high = low + stride;
      let ascending = ((block + low) & run) == 0u;
      let lowKey = blockKeys[low];
      let highKey = blockKeys[high];
      let lowRow = blockOrder[low];
      let highRow = blockOrder[high];
      let inOrder = lowKey < highKey || (lowKey == highKey && lowRow < highRow);
      if (inOrder != ascending) {
        blockKeys[low] = highKey;
        blockKeys[high] = lowKey;
        blockOrder[low] = highRow;
        blockOrder[high] = lowRow;
      }
    }
  }
  workgroupBarrier();
  for (var half = 0u; half < 2u; half++) {
    let at = lane + half * ${RANK_WORKGROUP}u;
    keys[block + at] = blockKeys[at];
    order[block + at] = blockOrder[at];
  }
}
`;

/** One bitonic stage across blocks: run length `first`, stride `last`. */
export const rankExchangeWgsl = /* wgsl */ `
${sortBindings}
@compute @workgroup_size(${RANK_WORKGROUP})
fn main(@builtin(workgroup_id) workgroup: vec3u, @builtin(num_workgroups) grid: vec3u, @builtin(local_invocation_index) lane: u32) {
  let run = step.first;
  let stride = step.last;
  let thread = linearWorkgroup(workgroup, grid) * ${RANK_WORKGROUP}u + lane;
  let low = ((thread & ~(stride - 1u)) << 1u) | (thread & (stride - 1u));
  let high = low + stride;
  if (high >= arrayLength(&keys)) { return; }
  let ascending = (low & run) == 0u;
  let lowKey = keys[low];
  let highKey = keys[high];
  let lowRow = order[low];
  let highRow = order[high];
  let inOrder = lowKey < highKey || (lowKey == highKey && lowRow < highRow);
  if (inOrder != ascending) {
    keys[low] = highKey;
    keys[high] = lowKey;
    order[low] = highRow;
    order[high] = lowRow;
  }
}
`;
