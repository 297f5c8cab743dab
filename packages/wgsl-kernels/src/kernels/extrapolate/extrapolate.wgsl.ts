import { linearWorkgroupWgsl } from '../../wgsl/linear-workgroup.wgsl.ts';
import { type VectorWidth, vectorType } from '../../wgsl/stored.wgsl.ts';
import type { PlacementSource } from './extrapolate.input.ts';

/** How pairs are laid out on lanes. */
export interface ExtrapolateShape {
  /** Dimensions of a latent. */
  readonly d: number;
  /** Lanes that share a pair, a power of two; one alone adds up without a barrier. */
  readonly lanes: number;
  /** Pairs that a workgroup takes at once. */
  readonly pairs: number;
  /** How often it does so, one after the other: where it costs much to start a workgroup. */
  readonly rounds: number;
  /** Most vectors of each row that a lane keeps between the sums and the blend; of wider rows it keeps none, and reads them twice. */
  readonly kept: number;
}

/** Bindings beyond those that every variant has: what the source of P reads besides the latents. */
export const guideCount: Readonly<Record<PlacementSource, 0 | 1 | 2>> = {
  fixed: 0,
  crossing: 1,
  boundary: 1,
  centroid: 2,
  probability: 2,
  density: 2,
};

/** Statements that leave P before the clip in `raw`. */
const rawWeight: Readonly<Record<PlacementSource, string>> = {
  fixed: 'let raw = params.fixedWeight;',
  crossing: 'let raw = crossing(sums.x + params.bias, sums.y + params.bias);',
  boundary: 'let raw = fromDistances(abs(sums.y + params.bias), abs(sums.x + params.bias));',
  centroid: 'let raw = fromDistances(sqrt(sums.y), sqrt(sums.x));',
  density: 'let raw = fromDistances(guideB[at], guideA[at]);',
  probability: 'let raw = fromLogOdds(guideB[at], guideA[at]);',
};

const placementFunctions = /* wgsl */ `
// A subnormal may be flushed by one operation and kept by the next; here all of them are 0.
fn normalOrZero(x: f32) -> f32 { return select(0.0, x, x >= 0x1p-126f); }

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

/** Values of a latent that are read and written together. */
const widthOf = (d: number): VectorWidth => (d % 4 === 0 ? 4 : d % 2 === 0 ? 2 : 1);

/** Adds a vector's part to the sums over the dimensions of minor and major, given what was read of the two and of the guides. */
const addToSums = (source: PlacementSource, width: VectorWidth): string => {
  const product = (a: string, b: string) => (width === 1 ? `${a} * ${b}` : `dot(${a}, ${b})`);
  if (source === 'centroid') {
    return /* wgsl */ `
    let fromMinor = minor - guideA[k];
    let fromMajor = major - guideB[k];
    sums += vec2f(${product('fromMinor', 'fromMinor')}, ${product('fromMajor', 'fromMajor')});`;
  }
  return /* wgsl */ `
    let guide = guideA[k];
    sums += vec2f(${product('guide', 'minor')}, ${product('guide', 'major')});`;
};

/** What stands in `sums` in each lane, added up over the lanes of its pair, in one order. */
const sumOverLanes = (lanes: number): string => /* wgsl */ `
  partialSums[local] = sums;
  workgroupBarrier();
  sums = vec2f();
  for (var other = local - lane; other < local - lane + ${lanes}u; other++) { sums += partialSums[other]; }`;

/**
 * The kernel for one source of P: the sums that it needs, P by equation (1), the clip, the blend. The two rows are read
 * once where a lane can keep its part of them.
 */
export function extrapolateWgsl(source: PlacementSource, shape: ExtrapolateShape): string {
  const { d, lanes, pairs, rounds } = shape;
  const width = widthOf(d);
  const vectors = d / width;
  const vector = vectorType(width);
  const perPair = source === 'probability' || source === 'density';
  const guideBindings = ['guideA', 'guideB']
    .slice(0, guideCount[source])
    .map((name, i) => `@group(0) @binding(${7 + i}) var<storage, read> ${name}: array<${perPair ? 'f32' : vector}>;`)
    .join('\n');
  const summed = guideCount[source] > 0 && !perPair;
  const shared = summed && lanes > 1;
  const perLane = Math.ceil(vectors / lanes);
  const kept = summed && perLane <= shape.kept;
  const steps = Array.from({ length: perLane }, (_, i) => i);
  /** Statements on vector k of the lane's; the last may lie behind the row. */
  const inRow = (i: number, statements: string) =>
    (i + 1) * lanes <= vectors ? `{ ${statements} }` : `if (k < ${vectors}u) { ${statements} }`;
  const each = (statements: (i: number) => string) =>
    kept
      ? steps.map((i) => `{ let k = lane + ${i * lanes}u; ${inRow(i, statements(i))} }`).join('\n  ')
      : `for (var k = lane; k < ${vectors}u; k += ${lanes}u) { ${statements(0)} }`;
  const read = (i: number) =>
    kept
      ? `minor${i} = latents[minorFirst + k]; major${i} = latents[majorFirst + k]; let minor = minor${i}; let major = major${i};`
      : 'let minor = latents[minorFirst + k]; let major = latents[majorFirst + k];';
  const blend = (i: number) =>
    kept
      ? `blended[blendedFirst + k] = weight * minor${i} + rest * major${i};`
      : `${read(i)} blended[blendedFirst + k] = weight * minor + rest * major;`;
  return /* wgsl */ `
struct Params {
  pairCount: u32,
  factor: f32,
  pMin: f32,
  bias: f32,
  fixedWeight: f32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> latents: array<${vector}>;
@group(0) @binding(2) var<storage, read> minorRows: array<u32>;
@group(0) @binding(3) var<storage, read> majorRows: array<u32>;
@group(0) @binding(4) var<storage, read_write> blended: array<${vector}>;
@group(0) @binding(5) var<storage, read_write> minorWeight: array<f32>;
@group(0) @binding(6) var<storage, read_write> clippedCount: atomic<u32>;
${guideBindings}
${shared ? `var<workgroup> partialSums: array<vec2f, ${lanes * pairs}>;` : ''}
${linearWorkgroupWgsl}${placementFunctions}
@compute @workgroup_size(${lanes * pairs})
fn main(@builtin(workgroup_id) workgroup: vec3u, @builtin(num_workgroups) grid: vec3u, @builtin(local_invocation_index) local: u32) {
  let lane = local & ${lanes - 1}u;
  let first = linearWorkgroup(workgroup, grid) * ${pairs * rounds}u;
  // A grid split in two dimensions has spare workgroups; they all return together.
  if (first >= params.pairCount) { return; }
  for (var firstPair = first; firstPair < min(first + ${pairs * rounds}u, params.pairCount); firstPair += ${pairs}u) {
    let pair = firstPair + local / ${lanes}u;
    // Lanes without a pair of their own take part in another one's sums, and write nothing.
    let at = min(pair, params.pairCount - 1u);
    let minorFirst = minorRows[at] * ${vectors}u;
    let majorFirst = majorRows[at] * ${vectors}u;
    ${kept ? steps.map((i) => `var minor${i} = ${vector}(); var major${i} = ${vector}();`).join('\n    ') : ''}
    ${summed ? `var sums = vec2f();\n    ${each((i) => `${read(i)}${addToSums(source, width)}`)}\n    ${shared ? sumOverLanes(lanes) : ''}` : ''}
    ${rawWeight[source]}
    // Every lane of a pair has the same sums, and so the same weight.
    let weight = clamp(raw, params.pMin, 1.0);
    let rest = 1.0 - weight;
    let blendedFirst = pair * ${vectors}u;
    if (pair < params.pairCount) {
      if (lane == 0u) {
        minorWeight[pair] = weight;
        if (raw < params.pMin || raw > 1.0) { atomicAdd(&clippedCount, 1u); }
      }
      ${each(blend)}
    }
    ${shared ? 'workgroupBarrier();' : ''}
  }
}
`;
}
