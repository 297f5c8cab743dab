import { linearWorkgroupWgsl } from '../../wgsl/linear-workgroup.wgsl.ts';
import type { DistanceMetric } from '../distance-metric.ts';
import { broadcastRounds, heldRows } from '../matrix-product/broadcast-rounds.wgsl.ts';
import { paddedRowsOperand } from '../matrix-product/padded-rows-operand.wgsl.ts';
import { tileCore } from '../matrix-product/tile-core.wgsl.ts';
import { largestTile } from '../matrix-product/tile-shape.ts';
import { distanceOf, distanceWgsl } from './pairwise-distance.result.wgsl.ts';

/** What both variants on padded rows are given, and how they store four distances of a row. */
const headerWgsl = (metric: DistanceMetric) => /* wgsl */ `
struct Params { n: u32, m: u32, depth: u32, rows_per_item: u32, items: u32, rows_per_round: u32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> a_rows: array<vec4f>;
@group(0) @binding(2) var<storage, read> b_rows: array<vec4f>;
@group(0) @binding(3) var<storage, read_write> distances: array<f32>;
${
  metric === 'cosine'
    ? /* wgsl */ `@group(0) @binding(4) var<storage, read> a_squares: array<f32>;
@group(0) @binding(5) var<storage, read> b_squares: array<f32>;`
    : ''
}
${linearWorkgroupWgsl}
${distanceWgsl(metric)}
fn term(sum: vec4f, x: vec4f, y: vec4f) -> vec4f {
  ${metric === 'cosine' ? 'return fma(x, y, sum);' : 'let difference = x - y;\n  return fma(difference, difference, sum);'}
}

fn store(row: u32, column: u32, sum: vec4f) {
  if (row >= params.n || column >= params.m) { return; }
  ${
    metric === 'cosine'
      ? 'let b_squared = vec4f(b_squares[column], b_squares[column + 1u], b_squares[column + 2u], b_squares[column + 3u]);'
      : ''
  }
  let values = ${distanceOf(metric, 'sum', 'a_squares[row]', 'b_squared')};
  let at = row * params.m + column;
${[0, 1, 2, 3].map((i) => `  if (column + ${i}u < params.m) { distances[at + ${i}u] = values[${i}]; }`).join('\n')}
}
`;

/**
 * Distances on the tile core, for GPUs. Squared differences take two instructions a term, a product one; they are worth it,
 * since |a|^2 + |b|^2 - 2 a.b loses what near rows differ in. Each tile is reckoned to be bound by arithmetic from d = 32 on.
 */
export function tiledDistanceWgsl(metric: DistanceMetric): string {
  const { rows, columns } = largestTile;
  const core = tileCore(
    paddedRowsOperand('a_rows'),
    paddedRowsOperand('b_rows'),
    largestTile,
    (sum, x, y) => `term(${sum}, ${x}, ${y})`,
  );
  const stores = Array.from({ length: largestTile.laneRows }, (_, row) =>
    [0, 1].map(
      (quad) => `  store(first_row + ${core.rowOf(row)}, first_column + ${core.columnOf(quad)}, sum_${row}_${quad});`,
    ),
  );
  return /* wgsl */ `${headerWgsl(metric)}
${core.declarations}

@compute @workgroup_size(${core.lanes})
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) grid: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let number = linearWorkgroup(workgroup, grid);
  if (number >= params.items) { return; }
  let column_tiles = (params.m + ${columns - 1}u) / ${columns}u;
  let first_row = number / column_tiles * ${rows}u;
  let first_column = number % column_tiles * ${columns}u;
  let first_depth = 0u;
  let end_depth = params.depth;
${core.place}
${core.begin}
${core.accumulate}
${stores.flat().join('\n')}
}
`;
}

/** Rows of b that a workgroup holds. */
export const broadcastColumns = (lanes: number) => heldRows * lanes;

/** Values held at a time: a squared difference takes half as much code again as a product. */
export const broadcastDistanceSlots = (lanes: number) => 8 * lanes;

/** Distances from subgroup broadcasts, for software Vulkan: four rows of b a lane are held, values of a handed out. */
export function broadcastDistanceWgsl(metric: DistanceMetric, lanes: number): string {
  const { declarations, body } = broadcastRounds({
    lanes,
    slots: broadcastDistanceSlots(lanes),
    held: 'b_rows',
    given: 'a_rows',
    add: (given, held) => `term(sum, ${given}, ${held})`,
    finish: 'store(row, first_held, sum);',
  });
  return /* wgsl */ `enable subgroups;
${headerWgsl(metric)}
${declarations(metric === 'cosine' ? 6 : 4)}

@compute @workgroup_size(${lanes})
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) grid: vec3u,
  @builtin(subgroup_invocation_id) lane: u32,
) {
  let number = linearWorkgroup(workgroup, grid);
  let blocks = (params.m + ${broadcastColumns(lanes) - 1}u) / ${broadcastColumns(lanes)}u;
  for (var item = number; item < params.items; item += grid.x * grid.y * grid.z) {
    let first_held = item % blocks * ${broadcastColumns(lanes)}u + lane * ${heldRows}u;
    let start = item / blocks * params.rows_per_item;
    let end = min(params.n, start + params.rows_per_item);${body}
  }
}
`;
}
