import { linearWorkgroupWgsl } from '../../wgsl/linear-workgroup.wgsl.ts';

export const padWorkgroupSize = 64;

/**
 * Copies rows, padded with zeros to `padded_rows` rows of `depth` columns, so that what reads them checks nothing; |row|^2
 * beside. A lane takes a row: what neighbors read lies apart, but in cache lines that each of them goes on to use.
 */
export const padWgsl = /* wgsl */ `
struct Params { rows: u32, padded_rows: u32, d: u32, depth: u32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read_write> padded: array<f32>;
@group(0) @binding(3) var<storage, read_write> squares: array<f32>;
${linearWorkgroupWgsl}
@compute @workgroup_size(${padWorkgroupSize})
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) grid: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let row = linearWorkgroup(workgroup, grid) * ${padWorkgroupSize}u + lane;
  if (row >= params.padded_rows) { return; }
  let own = row < params.rows;
  var sum = 0f;
  for (var j = 0u; j < params.depth; j++) {
    var value = 0f;
    if (own && j < params.d) { value = x[row * params.d + j]; }
    sum = fma(value, value, sum);
    padded[row * params.depth + j] = value;
  }
  squares[row] = sum;
}
`;
