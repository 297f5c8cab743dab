import { linearWorkgroupWgsl } from '../../wgsl/linear-workgroup.wgsl.ts';
import type { DistanceMetric } from '../distance-metric.ts';

/** Invocations of a workgroup in every pass. */
export const workgroupSize = 64;
/** Marks the place of a candidate that does not exist, because the base has fewer rows. */
export const noRow = 0xffffffff;

/** What decides the text of the shaders. */
export interface NearestVariant {
  readonly metric: DistanceMetric;
  readonly k: number;
  /** Rows that pass 1 keeps for pass 2. */
  readonly candidates: number;
  /** Query rows of one invocation in pass 1: 4 or 8. */
  readonly queriesPerThread: number;
  /** Base rows of one step of pass 1, in vectors of 4. */
  readonly baseVectors: number;
}

const header = /* wgsl */ `
// Above every distance of rows within the safe range, and finite.
const far = 3e38f;
const no_row = 0xffffffffu;
${linearWorkgroupWgsl}`;

const entry = /* wgsl */ `
@compute @workgroup_size(${workgroupSize})
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) grid: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let id = linearWorkgroup(workgroup, grid) * ${workgroupSize}u + lane;`;

/**
 * Centers (or, for cosine, normalizes) rows and writes them column by column, so that neighboring invocations of pass 1
 * read neighboring values; |row|^2 and the factor of each row beside. A row outside of the safe range is told by scale -1
 * and counted. Integer comparisons find it: a driver may assume that floats are neither NaN nor infinite.
 */
export function prepareWgsl({ metric }: Pick<NearestVariant, 'metric'>): string {
  const cosine = metric === 'cosine';
  return /* wgsl */ `${header}
struct Params { rows: u32, padded_rows: u32, d: u32, norm_factor: f32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read_write> columns: array<f32>;
@group(0) @binding(3) var<storage, read_write> norms: array<f32>;
@group(0) @binding(4) var<storage, read_write> scales: array<f32>;
@group(0) @binding(5) var<storage, read_write> unsafe_rows: atomic<u32>;
${cosine ? '' : '@group(0) @binding(6) var<storage, read> center: array<f32>;'}
${entry}
  if (id >= params.padded_rows) { return; }
  var largest = 0u;
  if (id < params.rows) {
    for (var j = 0u; j < params.d; j++) {
      largest = max(largest, bitcast<u32>(x[id * params.d + j]) & 0x7fffffffu);
    }
  }
  let exponent = largest >> 23u;
  // Exponents are biased by 127.
  ${cosine ? 'let safe = largest == 0u || (exponent >= 87u && exponent <= 167u);' : 'let safe = exponent <= 177u;'}
  if (id >= params.rows || !safe) {
    for (var j = 0u; j < params.d; j++) { columns[j * params.padded_rows + id] = 0f; }
    norms[id] = far;
    scales[id] = -1f;
    if (!safe) { atomicAdd(&unsafe_rows, 1u); }
    return;
  }
  var scale = 1f;
  ${
    cosine
      ? /* wgsl */ `
  if (largest == 0u) {
    scale = 0f;
  } else {
    var squares = 0f;
    for (var j = 0u; j < params.d; j++) {
      let value = x[id * params.d + j];
      squares = fma(value, value, squares);
    }
    scale = inverseSqrt(squares);
  }`
      : ''
  }
  var norm = 0f;
  for (var j = 0u; j < params.d; j++) {
    let value = ${cosine ? 'x[id * params.d + j] * scale' : 'x[id * params.d + j] - center[j]'};
    norm = fma(value, value, norm);
    columns[j * params.padded_rows + id] = value;
  }
  // A row of zeros has cosine distance 1 to all: with |row|^2 = 1 and a dot product of 0 it gets it.
  norms[id] = select(norm, 1f, scale == 0f) * params.norm_factor;
  scales[id] = scale;
}
`;
}

const times = (count: number, text: (at: number) => string, separator = '\n') =>
  Array.from({ length: count }, (_, at) => text(at)).join(separator);

/**
 * Pass 1: each invocation ranks a stretch of the base for its few query rows, in registers, and keeps the best of each.
 * No workgroup memory and no barrier: those are slow on software adapters, and the base values that all invocations of a
 * workgroup read are the same.
 */
export function scoreWgsl({ candidates, queriesPerThread, baseVectors }: NearestVariant): string {
  const queryVectors = queriesPerThread / 4;
  const sum = (query: number, vector: number) => `sum_${query}_${vector}`;
  return /* wgsl */ `${header}
struct Params {
  queries: u32, padded_queries: u32, base_vectors: u32, d: u32,
  vectors_per_split: u32, splits: u32, first_split: u32, first_row: u32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> query_columns: array<vec4f>;
@group(0) @binding(2) var<storage, read> base_columns: array<vec4f>;
@group(0) @binding(3) var<storage, read> base_norms: array<vec4f>;
@group(0) @binding(4) var<storage, read_write> best_keys: array<f32>;
@group(0) @binding(5) var<storage, read_write> best_rows: array<u32>;

const kept = ${candidates}u;
var<private> keys: array<f32, ${candidates * queriesPerThread}>;
var<private> rows: array<u32, ${candidates * queriesPerThread}>;

// Sorts what is better than the worst kept row of a query into its list; returns the new worst.
fn insert(query: u32, scores: vec4f, first_row: u32) -> f32 {
  let start = query * kept;
  let last = start + kept - 1u;
  for (var lane = 0u; lane < 4u; lane++) {
    let score = scores[lane];
    if (score < keys[last]) {
      var at = last;
      while (at > start && score < keys[at - 1u]) {
        keys[at] = keys[at - 1u];
        rows[at] = rows[at - 1u];
        at--;
      }
      keys[at] = score;
      rows[at] = first_row + lane;
    }
  }
  return keys[last];
}
${entry}
  let query_groups = (params.queries + ${queriesPerThread - 1}u) / ${queriesPerThread}u;
  let group = id % query_groups;
  let split = id / query_groups;
  if (split >= params.splits) { return; }
  for (var at = 0u; at < ${candidates * queriesPerThread}u; at++) {
    keys[at] = far;
    rows[at] = no_row;
  }
  ${times(queriesPerThread, (query) => `var worst_${query} = far;`, '\n  ')}
  let query_stride = params.padded_queries / 4u;
  let end = min(params.base_vectors, (split + 1u) * params.vectors_per_split);
  for (var vector = split * params.vectors_per_split; vector < end; vector += ${baseVectors}u) {
    ${times(queriesPerThread * baseVectors, (at) => `var ${sum(Math.floor(at / baseVectors), at % baseVectors)} = vec4f();`, '\n    ')}
    var query_at = group * ${queryVectors}u;
    var base_at = vector;
    for (var j = 0u; j < params.d; j++) {
      ${times(queryVectors, (at) => `let query_${at} = query_columns[query_at + ${at}u];`, '\n      ')}
      ${times(baseVectors, (at) => `let base_${at} = base_columns[base_at + ${at}u];`, '\n      ')}
      ${times(
        queriesPerThread * baseVectors,
        (at) => {
          const query = Math.floor(at / baseVectors);
          const name = sum(query, at % baseVectors);
          return `${name} = fma(vec4f(query_${Math.floor(query / 4)}.${'xyzw'[query % 4]}), base_${at % baseVectors}, ${name});`;
        },
        '\n      ',
      )}
      query_at += query_stride;
      base_at += params.base_vectors;
    }
    ${times(
      baseVectors,
      (vector) => /* wgsl */ `{
      let norms = base_norms[vector + ${vector}u];
      let row = params.first_row + 4u * (vector + ${vector}u);
      ${times(
        queriesPerThread,
        (query) => /* wgsl */ `let score_${query} = norms - 2f * ${sum(query, vector)};
      if (any(score_${query} < vec4f(worst_${query}))) { worst_${query} = insert(${query}u, score_${query}, row); }`,
        '\n      ',
      )}
    }`,
      '\n    ',
    )}
  }
  for (var query = 0u; query < ${queriesPerThread}u; query++) {
    for (var at = 0u; at < kept; at++) {
      let target_at = ((params.first_split + split) * kept + at) * params.padded_queries + group * ${queriesPerThread}u + query;
      best_keys[target_at] = keys[query * kept + at];
      best_rows[target_at] = rows[query * kept + at];
    }
  }
}
`;
}

/** The best of all stretches of each query, and how far away every row must be that is not among them. */
export function mergeWgsl({ candidates }: NearestVariant): string {
  return /* wgsl */ `${header}
struct Params { queries: u32, padded_queries: u32, lists: u32, ranking_bound: f32, absolute_bound: f32 }
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
  let bound = keys[kept - 1u] + query_norms[id] * (1f - 2f * params.ranking_bound) - params.absolute_bound;
  // -1 is below every distance: nothing can be said of this row.
  excluded_from[id] = select(bound, -1f, query_scales[id] <= 0f || unsafe_rows > 0u);
}
`;
}

/** Pass 2: direct differences of each query and its candidates within one stretch of the base. */
export function rerankWgsl({ metric, candidates }: NearestVariant): string {
  const cosine = metric === 'cosine';
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
  var sum = 0f;
  for (var j = 0u; j < params.d; j++) {
    let difference = ${
      cosine
        ? 'query[query_at + j] * query_scale - base[base_at + j] * base_scale'
        : 'query[query_at + j] - base[base_at + j]'
    };
    sum = fma(difference, difference, sum);
  }
  candidate_distances[id] = sum;
}
`;
}

/**
 * Sorts the candidates of each query and decides what is certain. State 0: the k rows and their order. 1: only that the k
 * rows are among the candidates. 2: nothing.
 */
export function certifyWgsl({ metric, k, candidates }: NearestVariant): string {
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
