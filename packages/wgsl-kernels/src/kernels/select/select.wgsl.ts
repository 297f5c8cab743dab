import { linearWorkgroupWgsl } from '../../wgsl/linear-workgroup.wgsl.ts';
import { orderKeyWgsl } from '../../wgsl/order-key.wgsl.ts';

/** Lanes of a workgroup, one a bin of the histogram. */
export const SELECT_WORKGROUP = 256;
/** Rows that a lane counts. */
export const SELECT_ROWS_PER_LANE = 8;

const state = /* wgsl */ `
struct State {
  // Leading digits of the cut's key, found so far.
  prefix: u32,
  // Rank of the cut, from 1, among the keys with that prefix.
  remaining: u32,
  // Bit position of the digit to find next: 24, 16, 8, 0.
  shift: u32,
  histogram: array<atomic<u32>, 256>,
}
`;

/** Counts the next digit of every key that has the prefix: a histogram in workgroup memory, then added to the whole. */
export const selectCountWgsl = /* wgsl */ `
${state}
struct Sizes { n: u32, flip: u32 }
@group(0) @binding(0) var<uniform> sizes: Sizes;
@group(0) @binding(1) var<storage, read> scores: array<u32>;
@group(0) @binding(2) var<storage, read_write> state: State;
${orderKeyWgsl}${linearWorkgroupWgsl}
var<workgroup> counts: array<atomic<u32>, 256>;

@compute @workgroup_size(${SELECT_WORKGROUP})
fn main(@builtin(workgroup_id) workgroup: vec3u, @builtin(num_workgroups) grid: vec3u, @builtin(local_invocation_index) lane: u32) {
  atomicStore(&counts[lane], 0u);
  workgroupBarrier();
  let first = linearWorkgroup(workgroup, grid) * ${SELECT_WORKGROUP * SELECT_ROWS_PER_LANE}u + lane;
  let shift = state.shift;
  // Two shifts: WGSL takes a shift's amount modulo 32, and the first pass must drop all bits.
  let prefix = (state.prefix >> shift) >> 8u;
  for (var i = 0u; i < ${SELECT_ROWS_PER_LANE}u; i++) {
    let row = first + i * ${SELECT_WORKGROUP}u;
    if (row < sizes.n) {
      let key = (orderKey(scores[row]) ^ sizes.flip) >> shift;
      if ((key >> 8u) == prefix) { atomicAdd(&counts[key & 255u], 1u); }
    }
  }
  workgroupBarrier();
  let count = atomicLoad(&counts[lane]);
  if (count > 0u) { atomicAdd(&state.histogram[lane], count); }
}
`;

/** One workgroup: finds the bin that holds the cut, appends its digit to the prefix and clears the histogram. */
export const selectPickWgsl = /* wgsl */ `
${state}
@group(0) @binding(0) var<storage, read_write> state: State;
var<workgroup> totals: array<u32, 256>;

@compute @workgroup_size(${SELECT_WORKGROUP})
fn main(@builtin(local_invocation_index) lane: u32) {
  let own = atomicLoad(&state.histogram[lane]);
  let remaining = state.remaining;
  let shift = state.shift;
  totals[lane] = own;
  for (var reach = 1u; reach < 256u; reach = reach << 1u) {
    workgroupBarrier();
    var sum = totals[lane];
    if (lane >= reach) { sum += totals[lane - reach]; }
    workgroupBarrier();
    totals[lane] = sum;
  }
  workgroupBarrier();
  let upTo = totals[lane];
  // Every lane has read the state before one of them changes it.
  storageBarrier();
  if (upTo >= remaining && upTo - own < remaining) {
    state.prefix = state.prefix | (lane << shift);
    state.remaining = remaining - (upTo - own);
    state.shift = max(shift, 8u) - 8u;
  }
  atomicStore(&state.histogram[lane], 0u);
}
`;
