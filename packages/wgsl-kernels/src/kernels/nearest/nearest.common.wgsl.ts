import { linearWorkgroupWgsl } from '../../wgsl/linear-workgroup.wgsl.ts';
import type { DistanceMetric } from '../distance-metric.ts';

/** Invocations of a workgroup in every pass. */
export const workgroupSize = 64;

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

/** Declarations of every pass. */
export const header = /* wgsl */ `
// Above every distance of rows within the safe range, and finite.
const far = 3e38f;
// The place of a candidate that does not exist, because the base has fewer rows.
const no_row = 0xffffffffu;
${linearWorkgroupWgsl}`;

/** The start of every pass: `id` numbers the invocation. */
export const entry = /* wgsl */ `
@compute @workgroup_size(${workgroupSize})
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) grid: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let id = linearWorkgroup(workgroup, grid) * ${workgroupSize}u + lane;`;
