import { linearWorkgroupWgsl } from '../../wgsl/linear-workgroup.wgsl.ts';
import type { PlacementSource } from './extrapolate.input.ts';

/** Lanes of a workgroup; one workgroup a pair. */
export const EXTRAPOLATE_WORKGROUP = 64;

/** Bindings beyond those that every variant has: what the source of P reads besides the latents. */
export const guideCount: Readonly<Record<PlacementSource, 0 | 1 | 2>> = {
  fixed: 0,
  crossing: 1,
  boundary: 1,
  centroid: 2,
  probability: 2,
  density: 2,
};

/** Sums over the dimensions: `minorTerm` and `majorTerm` of dimension i, by all lanes, into element 0. */
const sumOverLanes = (minorTerm: string, majorTerm: string) => /* wgsl */ `
  var minorSum = 0.0;
  var majorSum = 0.0;
  for (var i = lane; i < params.d; i += ${EXTRAPOLATE_WORKGROUP}u) {
    minorSum += ${minorTerm};
    majorSum += ${majorTerm};
  }
  minorSums[lane] = minorSum;
  majorSums[lane] = majorSum;
  for (var reach = ${EXTRAPOLATE_WORKGROUP / 2}u; reach > 0u; reach = reach >> 1u) {
    workgroupBarrier();
    if (lane < reach) {
      minorSums[lane] += minorSums[lane + reach];
      majorSums[lane] += majorSums[lane + reach];
    }
  }
  workgroupBarrier();
`;

const boundarySums = sumOverLanes('guideA[i] * latents[minor + i]', 'guideA[i] * latents[major + i]');
const centroidSums = sumOverLanes('square(latents[minor + i] - guideA[i])', 'square(latents[major + i] - guideB[i])');

/** Statements that leave P before the clip in `raw`. */
const rawWeight: Readonly<Record<PlacementSource, string>> = {
  fixed: 'let raw = params.fixedWeight;',
  crossing: `${boundarySums} let raw = crossing(minorSums[0] + params.bias, majorSums[0] + params.bias);`,
  boundary: `${boundarySums} let raw = fromDistances(abs(majorSums[0] + params.bias), abs(minorSums[0] + params.bias));`,
  centroid: `${centroidSums} let raw = fromDistances(sqrt(majorSums[0]), sqrt(minorSums[0]));`,
  density: 'let raw = fromDistances(guideB[pair], guideA[pair]);',
  probability: 'let raw = fromLogOdds(guideB[pair], guideA[pair]);',
};

const placementFunctions = /* wgsl */ `
// A subnormal may be flushed by one operation and kept by the next; here all of them are 0.
fn normalOrZero(x: f32) -> f32 { return select(0.0, x, x >= 0x1p-126f); }

fn square(x: f32) -> f32 { return x * x; }

// What an endless excess comes to before the clip: a weight beyond its own side.
fn beyond() -> f32 { return select(2.0, -1.0, params.factor < 0.0); }

// Equation (1) from two distances. No quotient is taken that the clip would cut off, so none overflows.
fn fromDistances(normalDistance: f32, abnormalDistance: f32) -> f32 {
  let normal = normalOrZero(normalDistance);
  let abnormal = normalOrZero(abnormalDistance);
  if (params.factor == 0.0 || normal <= abnormal) { return 0.5; }
  let difference = normal - abnormal;
  if (abnormal == 0.0 || abs(params.factor) * difference > 0.5 * abnormal) { return beyond(); }
  return 0.5 + params.factor * difference / abnormal;
}

// Equation (1) with distances 1 - p from own-class log-odds: excessFromLogOdds of the reference. Beyond
// e^60 the clip has long been reached: |factor| >= 1e-9.
fn fromLogOdds(normal: f32, abnormal: f32) -> f32 {
  let difference = abnormal - normal;
  if (params.factor == 0.0 || difference <= 0.0) { return 0.5; }
  let exponent = clamp(select(abnormal, difference, normal >= 0.0), -104.0, 60.0);
  let rise = 1.0 - exp(-min(difference, 104.0));
  let excess = exp(exponent) * rise / (1.0 + exp(-min(abs(normal), 104.0)));
  let shift = params.factor * excess;
  if (abs(shift) > 0.5) { return beyond(); }
  return 0.5 + shift;
}

// Where the boundary cuts the segment between values of opposite sign.
fn crossing(atMinor: f32, atMajor: f32) -> f32 {
  let length = normalOrZero(abs(atMinor) + abs(atMajor));
  let apart = (atMinor >= 0.0 && atMajor <= 0.0) || (atMinor <= 0.0 && atMajor >= 0.0);
  if (!apart || length == 0.0) { return 0.5; }
  return abs(atMajor) / length;
}
`;

const guides = ['guideA', 'guideB'];

/** The kernel for one source of P: the sums that it needs, P by equation (1), the clip, the blend. */
export function extrapolateWgsl(source: PlacementSource): string {
  const guideBindings = guides
    .slice(0, guideCount[source])
    .map((name, i) => `@group(0) @binding(${7 + i}) var<storage, read> ${name}: array<f32>;`)
    .join('\n');
  return /* wgsl */ `
struct Params {
  pairCount: u32,
  d: u32,
  factor: f32,
  pMin: f32,
  bias: f32,
  fixedWeight: f32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> latents: array<f32>;
@group(0) @binding(2) var<storage, read> minorRows: array<u32>;
@group(0) @binding(3) var<storage, read> majorRows: array<u32>;
@group(0) @binding(4) var<storage, read_write> blended: array<f32>;
@group(0) @binding(5) var<storage, read_write> minorWeight: array<f32>;
@group(0) @binding(6) var<storage, read_write> clippedCount: atomic<u32>;
${guideBindings}
var<workgroup> minorSums: array<f32, ${EXTRAPOLATE_WORKGROUP}>;
var<workgroup> majorSums: array<f32, ${EXTRAPOLATE_WORKGROUP}>;
${linearWorkgroupWgsl}${placementFunctions}
@compute @workgroup_size(${EXTRAPOLATE_WORKGROUP})
fn main(@builtin(workgroup_id) workgroup: vec3u, @builtin(num_workgroups) grid: vec3u, @builtin(local_invocation_index) lane: u32) {
  let pair = linearWorkgroup(workgroup, grid);
  if (pair >= params.pairCount) { return; }
  let minor = minorRows[pair] * params.d;
  let major = majorRows[pair] * params.d;
  ${rawWeight[source]}
  // Every lane has the same sums, and so the same weight.
  let weight = clamp(raw, params.pMin, 1.0);
  if (lane == 0u) {
    minorWeight[pair] = weight;
    if (raw < params.pMin || raw > 1.0) { atomicAdd(&clippedCount, 1u); }
  }
  let rest = 1.0 - weight;
  for (var i = lane; i < params.d; i += ${EXTRAPOLATE_WORKGROUP}u) {
    blended[pair * params.d + i] = weight * latents[minor + i] + rest * latents[major + i];
  }
}
`;
}
