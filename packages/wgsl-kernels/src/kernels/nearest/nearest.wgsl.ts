import { entry, header, type NearestVariant } from './nearest.common.wgsl.ts';

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
