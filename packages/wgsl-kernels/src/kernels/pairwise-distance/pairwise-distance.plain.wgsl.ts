import { linearWorkgroupWgsl } from '../../wgsl/linear-workgroup.wgsl.ts';
import type { DistanceMetric } from '../distance-metric.ts';
import { distanceOf, distanceWgsl } from './pairwise-distance.result.wgsl.ts';

export const workgroupSize = 64;
/** Rows of `a` and of `b` that one invocation compares: each value loaded is used this many times. */
export const tile = 4;

const each = (text: (at: number) => string, separator = '\n    ') =>
  Array.from({ length: tile }, (_, at) => text(at)).join(separator);

/** The full matrix of distances, plain: a tile of 4 x 4 for each invocation, the rows of `b` side by side in a vector. */
export function plainDistanceWgsl(metric: DistanceMetric): string {
  const cosine = metric === 'cosine';
  const result = (at: number) => distanceOf(metric, `sum_${at}`, `squares_${at}`, 'b_squares');
  return /* wgsl */ `
struct Params { n: u32, m: u32, d: u32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> a: array<f32>;
@group(0) @binding(2) var<storage, read> b: array<f32>;
@group(0) @binding(3) var<storage, read_write> distances: array<f32>;
${linearWorkgroupWgsl}
${distanceWgsl(metric)}

fn store(row: u32, first_column: u32, values: vec4f) {
  if (row >= params.n) { return; }
  for (var at = 0u; at < ${tile}u && first_column + at < params.m; at++) {
    distances[row * params.m + first_column + at] = values[at];
  }
}

@compute @workgroup_size(${workgroupSize})
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) grid: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let id = linearWorkgroup(workgroup, grid) * ${workgroupSize}u + lane;
  let tiles = (params.m + ${tile - 1}u) / ${tile}u;
  let row = (id / tiles) * ${tile}u;
  let column = (id % tiles) * ${tile}u;
  if (row >= params.n) { return; }
  // Tiles over the edge read the last row again, and do not store it.
  ${each((at) => `let a_${at} = min(row + ${at}u, params.n - 1u) * params.d;`, '\n  ')}
  ${each((at) => `let b_${at} = min(column + ${at}u, params.m - 1u) * params.d;`, '\n  ')}
  ${each((at) => `var sum_${at} = vec4f();`, '\n  ')}
  ${cosine ? `${each((at) => `var squares_${at} = 0f;`, '\n  ')}\n  var b_squares = vec4f();` : ''}
  for (var j = 0u; j < params.d; j++) {
    let y = vec4f(${each((at) => `b[b_${at} + j]`, ', ')});
    ${each((at) => `let x_${at} = a[a_${at} + j];`)}
    ${
      cosine
        ? `${each((at) => `sum_${at} = fma(vec4f(x_${at}), y, sum_${at});`)}
    ${each((at) => `squares_${at} = fma(x_${at}, x_${at}, squares_${at});`)}
    b_squares = fma(y, y, b_squares);`
        : each(
            (at) =>
              `let difference_${at} = x_${at} - y;\n    sum_${at} = fma(difference_${at}, difference_${at}, sum_${at});`,
          )
    }
  }
  ${each((at) => `store(row + ${at}u, column, ${result(at)});`, '\n  ')}
}
`;
}
