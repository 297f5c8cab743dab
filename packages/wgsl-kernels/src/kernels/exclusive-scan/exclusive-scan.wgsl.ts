import { laneSumsWgsl } from '../../wgsl/lane-sums.wgsl.ts';
import { linearWorkgroupWgsl } from '../../wgsl/linear-workgroup.wgsl.ts';

/** Lanes of a workgroup and the values in a row that each of them scans: powers of two. */
export interface ExclusiveScanShape {
  readonly lanes: number;
  readonly valuesPerLane: number;
}

const bindings = /* wgsl */ `
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> values: array<u32>;
${linearWorkgroupWgsl}`;

/** Turns every block of values into the sums of what stands before them in the block, and gives the blocks' totals. */
export function scanBlocksWgsl({ lanes, valuesPerLane }: ExclusiveScanShape): string {
  const block = lanes * valuesPerLane;
  return /* wgsl */ `
struct Params { count: u32 }
${bindings}
@group(0) @binding(2) var<storage, read_write> totals: array<u32>;
var<workgroup> sums: array<u32, ${lanes}>;

@compute @workgroup_size(${lanes})
fn main(@builtin(workgroup_id) workgroup: vec3u, @builtin(num_workgroups) grid: vec3u, @builtin(local_invocation_index) lane: u32) {
  let number = linearWorkgroup(workgroup, grid);
  // A grid split in two dimensions has spare workgroups; they all return together.
  if (number * ${block}u >= params.count) { return; }
  let first = number * ${block}u + lane * ${valuesPerLane}u;
  let end = min(first + ${valuesPerLane}u, params.count);
  var own = 0u;
  for (var at = first; at < end; at++) { own += values[at]; }${laneSumsWgsl(lanes)}
  // Each lane reads what it wrote itself.
  var before = sums[lane] - own;
  for (var at = first; at < end; at++) {
    let value = values[at];
    values[at] = before;
    before += value;
  }
  if (lane == ${lanes - 1}u) { totals[number] = before; }
}
`;
}

/** Adds to every value what stands before its block. */
export function addCarriesWgsl({ lanes, valuesPerLane }: ExclusiveScanShape): string {
  return /* wgsl */ `
struct Params { count: u32 }
${bindings}
@group(0) @binding(2) var<storage, read> carries: array<u32>;

@compute @workgroup_size(${lanes})
fn main(@builtin(workgroup_id) workgroup: vec3u, @builtin(num_workgroups) grid: vec3u, @builtin(local_invocation_index) lane: u32) {
  let number = linearWorkgroup(workgroup, grid);
  let first = number * ${lanes * valuesPerLane}u;
  for (var at = first + lane; at < min(first + ${lanes * valuesPerLane}u, params.count); at += ${lanes}u) {
    values[at] += carries[number];
  }
}
`;
}
