import { linearInvocationWgsl } from '../../wgsl/linear-invocation.wgsl.ts';

export const workgroupSize = 64;

const entry = linearInvocationWgsl(workgroupSize);

/** Sums the rows of each segment, one column an invocation: neighbors read neighboring values. */
export const segmentSumsWgsl = /* wgsl */ `
struct Params { first_segment: u32, segment_count: u32, d: u32 }
struct Segment { start: u32, end: u32, slot: u32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> latents: array<f32>;
@group(0) @binding(2) var<storage, read> rows: array<u32>;
@group(0) @binding(3) var<storage, read> segments: array<Segment>;
@group(0) @binding(4) var<storage, read_write> sums: array<f32>;
${entry}
  if (id >= params.segment_count * params.d) { return; }
  let segment = segments[params.first_segment + id / params.d];
  let j = id % params.d;
  var sum = 0f;
  for (var at = segment.start; at < segment.end; at++) { sum += latents[rows[at] * params.d + j]; }
  sums[segment.slot * params.d + j] = sum;
}
`;

/** Adds the segments of each class in order and divides by its count. */
export const classMeansWgsl = /* wgsl */ `
struct Params { class_count: u32, d: u32 }
struct Class { first_slot: u32, end_slot: u32, count: u32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> sums: array<f32>;
@group(0) @binding(2) var<storage, read> classes: array<Class>;
@group(0) @binding(3) var<storage, read_write> means: array<f32>;
${entry}
  if (id >= params.class_count * params.d) { return; }
  let entry = classes[id / params.d];
  let j = id % params.d;
  var sum = 0f;
  for (var slot = entry.first_slot; slot < entry.end_slot; slot++) { sum += sums[slot * params.d + j]; }
  means[id] = sum / f32(max(entry.count, 1u));
}
`;
