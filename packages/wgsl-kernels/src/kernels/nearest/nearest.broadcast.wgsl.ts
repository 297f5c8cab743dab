import { broadcastRounds, heldRows } from '../matrix-product/broadcast-rounds.wgsl.ts';
import { four, type NearestTerms, ownBinding, scoreHeader, times, unscaled } from './nearest.common.wgsl.ts';

/** What is written out in the shader. */
export interface BroadcastScore extends Pick<NearestTerms, 'candidates' | 'filter'> {
  /** Lanes of a subgroup, which is a workgroup. */
  readonly lanes: number;
  /** Values of a row that are held at a time, a multiple of 4 * lanes. */
  readonly slots: number;
}

/** Rows of a list that are moved by written-out code, several times as fast as a loop; beyond, it takes long to compile. */
const mostUnrolled = 12;

/** Query rows of a workgroup. */
export const broadcastQueries = (lanes: number) => heldRows * lanes;

/**
 * Values held at a time for d columns: as many as the written-out products may be, cut into equal rounds. On lavapipe 64 or
 * 128 in 8 lanes run alike and 256 at half the speed, as their code no longer fits the first cache; compiling 128 takes a
 * second. Subgroups of 4 are SwiftShader's, whose compiler takes far longer over long code.
 */
export function broadcastSlots(lanes: number, d: number): number {
  const rounds = Math.ceil(d / (2 * lanes * lanes));
  return Math.ceil(d / rounds / (4 * lanes)) * 4 * lanes;
}

/**
 * Pass 1 for software Vulkan: a workgroup holds four queries a lane, and the values of the base's rows are handed out. The
 * scores of a row are ranked for all four lists of a lane at once, in order and without a branch within.
 */
export function broadcastScoreWgsl({ candidates, filter, lanes, slots }: BroadcastScore): string {
  const { declarations, body } = broadcastRounds({
    lanes,
    slots,
    storage: filter,
    held: 'query_rows',
    given: 'base_rows',
    hold: (values) => `-2f * ${values}`,
    add: (given, held) => `fma(${given}, ${held}, sum)`,
    finish: `let scores = ${unscaled(filter, 'sum', 'own_factors', 'base_factors[row]')} + base_norms[row];
            if (any(scores < keys[${candidates - 1}])) { insert(scores, params.first_row + row); }`,
  });
  const move = (at: string, before: string) => `{
    let here = scores < keys[${at}];
    let above = scores < keys[${before}];
    keys[${at}] = select(select(keys[${at}], scores, here), keys[${before}], above);
    rows[${at}] = select(select(rows[${at}], row, here), rows[${before}], above);
  }`;
  const moves =
    candidates <= mostUnrolled
      ? times(candidates - 1, (at) => move(`${candidates - 1 - at}`, `${candidates - 2 - at}`), '\n  ')
      : `for (var at = unknown(${candidates - 1}u); at > 0u && any(scores < keys[at]); at--) ${move('at', 'at - 1u')}`;
  return /* wgsl */ `enable subgroups;
${scoreHeader(filter)}
${declarations(ownBinding(filter))}
var<private> keys: array<vec4f, ${candidates}>;
var<private> rows: array<vec4u, ${candidates}>;

fn insert(scores: vec4f, base_row: u32) {
  let row = vec4u(base_row);
  ${moves}
  let first = scores < keys[0];
  keys[0] = select(keys[0], scores, first);
  rows[0] = select(rows[0], row, first);
}

@compute @workgroup_size(${lanes})
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) grid: vec3u,
  @builtin(subgroup_invocation_id) lane: u32,
) {
  let number = linearWorkgroup(workgroup, grid);
  let query_blocks = params.queries / ${broadcastQueries(lanes)}u;
  for (var item = number; item < query_blocks * params.splits; item += grid.x * grid.y * grid.z) {
    let first_held = (item % query_blocks) * ${broadcastQueries(lanes)}u + lane * ${heldRows}u;
    let split = item / query_blocks;
    for (var at = 0u; at < unknown(${candidates}u); at++) {
      keys[at] = vec4f(far);
      rows[at] = vec4u(no_row);
    }
    ${filter === 'f16' ? `let own_factors = ${four('query_factors', 'first_held')};` : ''}
    let start = split * params.rows_per_split;
    let end = min(params.base_rows, start + params.rows_per_split);${body}
    for (var at = 0u; at < unknown(${candidates}u); at++) {
      let target_at = ((params.first_list + split) * ${candidates}u + at) * params.queries + first_held;
      ${times(heldRows, (row) => `best_keys[target_at + ${row}u] = keys[at][${row}];\n      best_rows[target_at + ${row}u] = rows[at][${row}];`, '\n      ')}
    }
  }
}
`;
}
