import { header, type NearestTerms, workgroupSize } from './nearest.common.wgsl.ts';

/** Lanes that share a row: all of a workgroup, for GPUs, so that they read neighboring values; or one, without barriers. */
export type LanesPerRow = 1 | typeof workgroupSize;

const reduceWgsl = (name: string, type: 'u32' | 'f32', join: string) => /* wgsl */ `
var<workgroup> ${name}_parts: array<${type}, ${workgroupSize}>;
fn ${name}_of(lane: u32, value: ${type}) -> ${type} {
  ${name}_parts[lane] = value;
  workgroupBarrier();
  for (var half = ${workgroupSize / 2}u; half > 0u; half /= 2u) {
    if (lane < half) {
      let other = ${name}_parts[lane + half];
      ${name}_parts[lane] = ${join};
    }
    workgroupBarrier();
  }
  let result = ${name}_parts[0];
  workgroupBarrier();
  return result;
}`;

/**
 * Centers (or, for cosine, normalizes) rows and pads them with zeros to `depth`, and rows to `padded_rows`; |row|^2 and the
 * factor of each row beside. A row outside of the safe range is told by scale -1 and counted. Integer comparisons find it: a
 * driver may assume that floats are neither NaN nor infinite. For the f16 filter the values are stored as f16, divided by a
 * power of two for each row, which is kept beside.
 */
export function prepareWgsl(
  { metric, filter }: Pick<NearestTerms, 'metric' | 'filter'>,
  lanesPerRow: LanesPerRow,
): string {
  const cosine = metric === 'cosine';
  const half = filter === 'f16';
  const centered = cosine ? 'x[x_at + j] * scale' : 'x[x_at + j] - center[j]';
  const alone = lanesPerRow === 1;
  const whole = (reduce: 'largest' | 'sum', part: string) => (alone ? part : `${reduce}_of(lane, ${part})`);
  return /* wgsl */ `${half ? 'enable f16;' : ''}
${header}
struct Params { rows: u32, padded_rows: u32, d: u32, depth: u32, norm_factor: f32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read_write> prepared: array<${filter}>;
@group(0) @binding(3) var<storage, read_write> norms: array<f32>;
@group(0) @binding(4) var<storage, read_write> scales: array<f32>;
@group(0) @binding(5) var<storage, read_write> unsafe_rows: atomic<u32>;
${cosine ? '' : '@group(0) @binding(6) var<storage, read> center: array<f32>;'}
${half ? `@group(0) @binding(${cosine ? 6 : 7}) var<storage, read_write> factors: array<f32>;` : ''}
${
  alone
    ? ''
    : `${reduceWgsl('largest', 'u32', 'max(largest_parts[lane], other)')}
${reduceWgsl('sum', 'f32', 'sum_parts[lane] + other')}`
}

@compute @workgroup_size(${workgroupSize})
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) grid: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let row = linearWorkgroup(workgroup, grid)${alone ? ` * ${workgroupSize}u + lane` : ''};
  if (row >= params.padded_rows) { return; }
  let first = ${alone ? '0u' : 'lane'};
  // Rows of padding read the last one, and write none of it.
  let own = row < params.rows;
  let x_at = min(row, params.rows - 1u) * params.d;
  var part_of_largest = 0u;
  for (var j = first; j < params.d; j += ${lanesPerRow}u) {
    part_of_largest = max(part_of_largest, bitcast<u32>(x[x_at + j]) & 0x7fffffffu);
  }
  let largest = ${whole('largest', 'part_of_largest')};
  let exponent = largest >> 23u;
  // Exponents are biased by 127.
  ${cosine ? 'let safe = largest == 0u || (exponent >= 87u && exponent <= 167u);' : 'let safe = exponent <= 177u;'}
  var scale = 1f;
  ${
    cosine
      ? /* wgsl */ `
  var part_of_squares = 0f;
  for (var j = first; j < params.d; j += ${lanesPerRow}u) {
    part_of_squares = fma(x[x_at + j], x[x_at + j], part_of_squares);
  }
  let squares = ${whole('sum', 'part_of_squares')};
  scale = select(inverseSqrt(select(1f, squares, safe && largest != 0u)), 0f, largest == 0u);`
      : ''
  }
  let kept = own && safe;
  ${
    half
      ? /* wgsl */ `var part_of_size = 0u;
  for (var j = first; j < params.d; j += ${lanesPerRow}u) {
    part_of_size = max(part_of_size, bitcast<u32>(${centered}) & 0x7fffffffu);
  }
  // The largest value becomes one of [2^13, 2^14), by a power of two; rows of tiny values stay tiny.
  let exponent_of_factor = clamp(${whole('largest', 'part_of_size')} >> 23u, 14u, 200u) - 13u;
  let factor = bitcast<f32>(exponent_of_factor << 23u);
  let inverse = bitcast<f32>((254u - exponent_of_factor) << 23u);`
      : ''
  }
  var part_of_norm = 0f;
  for (var j = first; j < params.depth; j += ${lanesPerRow}u) {
    var value = 0f;
    if (kept && j < params.d) { value = ${centered}; }
    part_of_norm = fma(value, value, part_of_norm);
    prepared[row * params.depth + j] = ${half ? 'f16(value * inverse)' : 'value'};
  }
  let norm = ${whole('sum', 'part_of_norm')};
  if (first > 0u) { return; }
  // A row of zeros has cosine distance 1 to all: with |row|^2 = 1 and a dot product of 0 it gets it.
  norms[row] = select(far, select(norm, 1f, scale == 0f) * params.norm_factor, kept);
  scales[row] = select(-1f, scale, kept);
  ${half ? 'factors[row] = factor;' : ''}
  if (own && !safe) { atomicAdd(&unsafe_rows, 1u); }
}
`;
}
