import { entry, header, type NearestTerms } from './nearest.common.wgsl.ts';

/** The best of all stretches of each query, and how far away every row must be that is not among them. */
export function mergeWgsl({ candidates }: NearestTerms): string {
  return /* wgsl */ `${header}
struct Params { queries: u32, padded_queries: u32, lists: u32, query_bound: f32, absolute_bound: f32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> best_keys: array<f32>;
@group(0) @binding(2) var<storage, read> best_rows: array<u32>;
@group(0) @binding(3) var<storage, read> query_norms: array<f32>;
@group(0) @binding(4) var<storage, read> query_scales: array<f32>;
@group(0) @binding(5) var<storage, read> unsafe_rows: u32;
@group(0) @binding(6) var<storage, read_write> candidate_rows: array<u32>;
@group(0) @binding(7) var<storage, read_write> excluded_from: array<f32>;

const kept = ${candidates}u;
${entry}
  if (id >= params.queries) { return; }
  var keys: array<f32, ${candidates}>;
  var rows: array<u32, ${candidates}>;
  for (var at = 0u; at < kept; at++) {
    keys[at] = far;
    rows[at] = no_row;
  }
  for (var list = 0u; list < params.lists; list++) {
    let key = best_keys[list * params.padded_queries + id];
    if (key < keys[kept - 1u]) {
      var at = kept - 1u;
      while (at > 0u && key < keys[at - 1u]) {
        keys[at] = keys[at - 1u];
        rows[at] = rows[at - 1u];
        at--;
      }
      keys[at] = key;
      rows[at] = best_rows[list * params.padded_queries + id];
    }
  }
  for (var at = 0u; at < kept; at++) { candidate_rows[id * kept + at] = rows[at]; }
  let bound = keys[kept - 1u] + query_norms[id] * (1f - params.query_bound) - params.absolute_bound;
  // -1 is below every distance: nothing can be said of this row.
  excluded_from[id] = select(bound, -1f, query_scales[id] <= 0f || unsafe_rows > 0u);
}
`;
}

/** Pass 2: direct differences of each query and its candidates within one stretch of the base. */
export function rerankWgsl({ metric, candidates }: NearestTerms): string {
  const cosine = metric === 'cosine';
  const difference = (at: number) =>
    cosine
      ? `query[query_at + j + ${at}u] * query_scale - base[base_at + j + ${at}u] * base_scale`
      : `query[query_at + j + ${at}u] - base[base_at + j + ${at}u]`;
  return /* wgsl */ `${header}
struct Params { queries: u32, first_row: u32, end_row: u32, d: u32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> query: array<f32>;
@group(0) @binding(2) var<storage, read> base: array<f32>;
@group(0) @binding(3) var<storage, read> candidate_rows: array<u32>;
@group(0) @binding(4) var<storage, read_write> candidate_distances: array<f32>;
${
  cosine
    ? /* wgsl */ `@group(0) @binding(5) var<storage, read> query_scales: array<f32>;
@group(0) @binding(6) var<storage, read> base_scales: array<f32>;`
    : ''
}
${entry}
  if (id >= params.queries * ${candidates}u) { return; }
  let row = candidate_rows[id];
  if (row == no_row) {
    candidate_distances[id] = far;
    return;
  }
  if (row < params.first_row || row >= params.end_row) { return; }
  let query_at = (id / ${candidates}u) * params.d;
  let base_at = (row - params.first_row) * params.d;
  ${
    cosine
      ? /* wgsl */ `let query_scale = query_scales[id / ${candidates}u];
  let base_scale = base_scales[row - params.first_row];
  if (query_scale <= 0f || base_scale <= 0f) {
    candidate_distances[id] = 2f;
    return;
  }`
      : ''
  }
  // Four sums that do not wait for each other.
  var sums = vec4f();
  let whole = params.d & 0xfffffffcu;
  for (var j = 0u; j < whole; j += 4u) {
    let differences = vec4f(${[0, 1, 2, 3].map(difference).join(', ')});
    sums = fma(differences, differences, sums);
  }
  for (var j = whole; j < params.d; j++) {
    let difference = ${difference(0)};
    sums.x = fma(difference, difference, sums.x);
  }
  candidate_distances[id] = (sums.x + sums.y) + (sums.z + sums.w);
}
`;
}

/**
 * Sorts the candidates of each query and decides what is certain. State 0: the k rows and their order. 1: only that the k
 * rows are among the candidates. 2: nothing.
 */
export function certifyWgsl({ metric, k, candidates }: NearestTerms): string {
  const value = { 'squared-l2': 'distances[at]', l2: 'root(distances[at])', cosine: '0.5f * distances[at]' }[metric];
  return /* wgsl */ `${header}
struct Params { queries: u32, relative_bound: f32, root_bound: f32, absolute_bound: f32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> candidate_rows: array<u32>;
@group(0) @binding(2) var<storage, read> candidate_distances: array<f32>;
@group(0) @binding(3) var<storage, read> excluded_from: array<f32>;
@group(0) @binding(4) var<storage, read_write> indices: array<u32>;
@group(0) @binding(5) var<storage, read_write> result_distances: array<f32>;
@group(0) @binding(6) var<storage, read_write> states: array<u32>;

const kept = ${candidates}u;
const k = ${k}u;

// WGSL takes sqrt(0) from 1 / inverseSqrt(0), which need not be 0.
fn root(x: f32) -> f32 { return select(sqrt(x), 0f, x == 0f); }
fn slack(x: f32) -> f32 { return params.relative_bound * x + params.root_bound * root(x) + params.absolute_bound; }
${entry}
  if (id >= params.queries) { return; }
  var distances: array<f32, ${candidates}>;
  var rows: array<u32, ${candidates}>;
  for (var from_at = 0u; from_at < kept; from_at++) {
    let distance = candidate_distances[id * kept + from_at];
    let row = candidate_rows[id * kept + from_at];
    var at = from_at;
    while (at > 0u && (distance < distances[at - 1u] || (distance == distances[at - 1u] && row < rows[at - 1u]))) {
      distances[at] = distances[at - 1u];
      rows[at] = rows[at - 1u];
      at--;
    }
    distances[at] = distance;
    rows[at] = row;
  }
  var state = 0u;
  for (var at = 0u; at < k; at++) {
    if (at + 1u < kept && !(distances[at] + slack(distances[at]) < distances[at + 1u] - slack(distances[at + 1u]))) {
      state = 1u;
    }
    indices[id * k + at] = rows[at];
    result_distances[id * k + at] = ${value};
  }
  if (!(distances[k - 1u] + slack(distances[k - 1u]) < excluded_from[id])) { state = 2u; }
  states[id] = state;
  for (var at = 0u; at < kept; at++) { candidate_rows[id * kept + at] = rows[at]; }
}
`;
}
