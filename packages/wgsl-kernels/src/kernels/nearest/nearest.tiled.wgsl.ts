import { paddedRowsOperand } from '../matrix-product/padded-rows-operand.wgsl.ts';
import { tileCore } from '../matrix-product/tile-core.wgsl.ts';
import { largestTile } from '../matrix-product/tile-shape.ts';
import { four, type NearestTerms, scoreHeader, times, unscaled } from './nearest.common.wgsl.ts';
import { insertWgsl } from './nearest.insert.wgsl.ts';

/** Lanes that scan the scores of one query, each with a list of its own. */
export const scanLanes = 2;

/** Base rows whose scores fit into the workgroup memory of the tiles at a time. */
const pieceRows = 32;
/** Tiles of queries that run over the same splits together, so that both stay in the L2 cache. */
const groupTiles = 16;

/**
 * Pass 1 for GPUs: a workgroup owns 128 queries and goes through its split of the base in tiles of 128 rows, on the tile core.
 *
 * The scores of a tile, four times what workgroup memory holds, go through it in four pieces of 32 base rows: the lanes that
 * have them write them, transposed so that queries lie side by side, and two lanes a query scan them against lists of their
 * own. A scan costs a lane 64 loads and comparisons for a tile's 64 d multiply-adds, so about 1 / d of the time, and eight
 * barriers; what gets into a list is rare, and the lists lie in the lane's memory, so that only the worst score takes a
 * register beside those of the core. Each workgroup reads 16 KiB for 0.5 MFLOP: at 50 TFLOP/s 1.6 TB/s, which the L2 cache
 * gives; 16 tiles of queries take the same split of the base together, so that what they read stays there. This is reckoned,
 * not measured.
 */
export function tiledScoreWgsl({ candidates, filter }: Pick<NearestTerms, 'candidates' | 'filter'>): string {
  const { rows, columns } = largestTile;
  const core = tileCore(paddedRowsOperand('query_rows', filter), paddedRowsOperand('base_rows', filter), largestTile);
  const queryQuads = rows / 4;
  const partRows = pieceRows / scanLanes;
  const piece = (at: number) => {
    const half = Math.floor((at * pieceRows) / (columns / 2));
    const first = (at * pieceRows) % (columns / 2);
    const write = (column: number, group: number) => {
      const sums = times(4, (row) => `sum_${4 * group + row}_${half}[${column}]`, ', ');
      return `tile[(slot + ${column * queryQuads + group * (queryQuads / 2)}u) & ${pieceRows * queryQuads - 1}u] = vec4f(norms_${half}[${column}]) - 2f * ${unscaled(filter, `vec4f(${sums})`, `row_factors_${group}`, `column_factors_${half}[${column}]`)};`;
    };
    return /* wgsl */ `
    workgroupBarrier();
    if (lane_column / ${pieceRows / 4}u == ${first / pieceRows}u) {
      let slot = (lane_column % ${pieceRows / 4}u) * ${4 * queryQuads}u + lane_row;
      ${times(8, (each) => write(each % 4, Math.floor(each / 4)), '\n      ')}
    }
    workgroupBarrier();
    worst = scan(lane, worst, params.first_row + first_column + ${at * pieceRows}u);`;
  };
  return /* wgsl */ `${scoreHeader(filter)}
${insertWgsl(candidates, 1)}
${core.declarations}

// A lane's part of a piece, one score of its query for each base row.
fn scan(lane: u32, worst_before: f32, first_row: u32) -> f32 {
  var worst = worst_before;
  let query = lane & ${rows - 1}u;
  let first = lane / ${rows}u * ${partRows}u;
  for (var at = 0u; at < unknown(${partRows}u); at++) {
    let score = tile[((first + at) * ${queryQuads}u + query / 4u) & ${pieceRows * queryQuads - 1}u][query & 3u];
    if (score < worst) { worst = insert(0u, score, first_row + first + at); }
  }
  return worst;
}

@compute @workgroup_size(${core.lanes})
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) grid: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let number = linearWorkgroup(workgroup, grid);
  let query_tiles = params.queries / ${rows}u;
  if (number >= query_tiles * params.splits) { return; }
  let group = number / (${groupTiles}u * params.splits);
  let group_tiles = min(${groupTiles}u, query_tiles - group * ${groupTiles}u);
  let within = number - group * ${groupTiles}u * params.splits;
  let first_row = (group * ${groupTiles}u + within % group_tiles) * ${rows}u;
  let split = within / group_tiles;
  let first_depth = 0u;
  let end_depth = params.depth;
${core.place}
  clear();
  var worst = far;
  let end = min(params.base_rows, (split + 1u) * params.rows_per_split);
  for (var first_column = split * params.rows_per_split; first_column < end; first_column += ${columns}u) {
${core.begin}
${core.accumulate}
    ${times(2, (half) => `let norms_${half} = ${four('base_norms', `first_column + ${core.columnOf(half)}`)};`, '\n    ')}
    ${
      filter === 'f16'
        ? times(
            2,
            (half) => `let column_factors_${half} = ${four('base_factors', `first_column + ${core.columnOf(half)}`)};
    let row_factors_${half} = ${four('query_factors', `first_row + ${core.rowOf(4 * half)}`)};`,
            '\n    ',
          )
        : ''
    }
    ${times(columns / pieceRows, piece, '')}
  }
  store(0u, params.first_list + split * ${scanLanes}u + lane / ${rows}u, first_row + (lane & ${rows - 1}u));
}
`;
}
