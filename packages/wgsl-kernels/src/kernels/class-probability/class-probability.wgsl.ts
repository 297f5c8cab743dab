import { linearWorkgroupWgsl } from '../../wgsl/linear-workgroup.wgsl.ts';
import { SINGLE_CLASS_LOG_ODDS } from './class-probability.reference.ts';

/** Rows a workgroup takes, one a lane. */
export const CLASS_PROBABILITY_WORKGROUP = 64;

/**
 * One lane a row: the largest other logit, the sum of exponentials relative to it, then log-odds and
 * probability. Exponents are clamped to [-104, 0], where WGSL's exp is accurate; e^-104 is below the
 * smallest f32.
 */
export const classProbabilityWgsl = /* wgsl */ `
struct Sizes { n: u32, c: u32 }
@group(0) @binding(0) var<uniform> sizes: Sizes;
@group(0) @binding(1) var<storage, read> logits: array<f32>;
@group(0) @binding(2) var<storage, read> labels: array<u32>;
@group(0) @binding(3) var<storage, read_write> probability: array<f32>;
@group(0) @binding(4) var<storage, read_write> logOdds: array<f32>;

${linearWorkgroupWgsl}
@compute @workgroup_size(${CLASS_PROBABILITY_WORKGROUP})
fn main(@builtin(workgroup_id) workgroup: vec3u, @builtin(num_workgroups) grid: vec3u, @builtin(local_invocation_index) lane: u32) {
  let row = linearWorkgroup(workgroup, grid) * ${CLASS_PROBABILITY_WORKGROUP}u + lane;
  if (row >= sizes.n) { return; }
  if (sizes.c == 1u) {
    probability[row] = 1.0;
    logOdds[row] = ${SINGLE_CLASS_LOG_ODDS}.0;
    return;
  }
  let label = labels[row];
  let start = row * sizes.c;
  var largest = logits[start + select(0u, 1u, label == 0u)];
  for (var j = 0u; j < sizes.c; j++) {
    if (j != label) { largest = max(largest, logits[start + j]); }
  }
  var sum = 0.0;
  for (var j = 0u; j < sizes.c; j++) {
    if (j != label) { sum += exp(max(logits[start + j] - largest, -104.0)); }
  }
  let odds = (logits[start + label] - largest) - log(sum);
  let e = exp(max(-abs(odds), -104.0));
  logOdds[row] = odds;
  probability[row] = min(select(e, 1.0, odds >= 0.0) / (1.0 + e), 1.0);
}
`;
