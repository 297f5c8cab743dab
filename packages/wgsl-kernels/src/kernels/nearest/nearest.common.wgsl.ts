import { linearWorkgroupWgsl } from '../../wgsl/linear-workgroup.wgsl.ts';
import { type StorageType, storedType } from '../../wgsl/stored.wgsl.ts';
import type { DistanceMetric } from '../distance-metric.ts';

/** Invocations of a workgroup in every pass but the scoring, whose variants have their own. */
export const workgroupSize = 64;

/** What decides the text of the shaders. */
export interface NearestTerms {
  readonly metric: DistanceMetric;
  readonly k: number;
  /** Rows that pass 1 keeps for pass 2. */
  readonly candidates: number;
  /** How pass 1 reads rows. */
  readonly filter: StorageType;
}

/** 0, 1, ... count - 1, as lines of text. */
export const times = (count: number, text: (at: number) => string, separator = '\n') =>
  Array.from({ length: count }, (_, at) => text(at)).join(separator);

/** Declarations of every pass. */
export const header = /* wgsl */ `
// Above every distance of rows within the safe range, and finite.
const far = 3e38f;
// The place of a candidate that does not exist, because the base has fewer rows.
const no_row = 0xffffffffu;
${linearWorkgroupWgsl}`;

/** The start of a pass in which `id` numbers the invocation. */
export const entry = /* wgsl */ `
@compute @workgroup_size(${workgroupSize})
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) grid: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let id = linearWorkgroup(workgroup, grid) * ${workgroupSize}u + lane;`;

/**
 * What pass 1 is given in every variant. Rows are as `prepare` writes them: padded with rows that are `far` from
 * everything, and with zeros to `depth`. Split s takes the base's rows from s * rows_per_split on, and writes its lists
 * of each query, sorted, from list first_list + s * (lists of a split) on.
 */
export const scoreHeader = (filter: StorageType) => /* wgsl */ `${filter === 'f16' ? 'enable f16;' : ''}
${header}
struct Params {
  queries: u32, base_rows: u32, depth: u32, rows_per_split: u32,
  splits: u32, first_list: u32, first_row: u32, rows_per_round: u32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> query_rows: array<${storedType(4, filter)}>;
@group(0) @binding(2) var<storage, read> base_rows: array<${storedType(4, filter)}>;
@group(0) @binding(3) var<storage, read> base_norms: array<f32>;
@group(0) @binding(4) var<storage, read_write> best_keys: array<f32>;
@group(0) @binding(5) var<storage, read_write> best_rows: array<u32>;
${
  filter === 'f16'
    ? /* wgsl */ `// What the values of each row were divided by.
@group(0) @binding(6) var<storage, read> query_factors: array<f32>;
@group(0) @binding(7) var<storage, read> base_factors: array<f32>;`
    : ''
}

// The same number, but not known when this is compiled: loops over it are not written out. On software Vulkan, where a
// load or an index that varies is long, those took tens of seconds to compile.
fn unknown(count: u32) -> u32 { return min(count, count * params.splits); }
`;

/** The first binding that a variant may use for itself. */
export const ownBinding = (filter: StorageType) => (filter === 'f16' ? 8 : 6);

/**
 * WGSL for four sums of products of stored values, as those of the values themselves. One factor after the other: that of
 * both may underflow where the sums do not.
 */
export const unscaled = (filter: StorageType, sums: string, factor: string, otherFactor: string) =>
  filter === 'f16' ? `((${sums} * ${factor}) * ${otherFactor})` : sums;

/** WGSL for four values side by side from an index on. */
export const four = (name: string, at: string) => `vec4f(${times(4, (i) => `${name}[${at} + ${i}u]`, ', ')})`;
