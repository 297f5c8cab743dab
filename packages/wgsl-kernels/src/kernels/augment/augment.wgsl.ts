import { linearWorkgroupWgsl } from '../../wgsl/linear-workgroup.wgsl.ts';
import { philoxWgsl } from '../../wgsl/philox.wgsl.ts';

export const AUGMENT_WORKGROUP = 64;
/** Values of one image that a workgroup writes: enough that drawing an image's numbers in every lane costs little. */
const valuesPerWorkgroup = 64 * AUGMENT_WORKGROUP;

/** What is compiled into the shader. */
export interface AugmentShape {
  readonly batch: number;
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  readonly flip: boolean;
  readonly shift: number;
}

const workgroupsPerImage = ({ height, width, channels }: AugmentShape) =>
  Math.ceil((height * width * channels) / valuesPerWorkgroup);

export const augmentWorkgroups = (shape: AugmentShape) => shape.batch * workgroupsPerImage(shape);

/** A workgroup writes a part of one image; each of its lanes draws the image's numbers for itself. */
export function augmentWgsl(shape: AugmentShape): string {
  const { batch, height, width, channels, flip, shift } = shape;
  const values = height * width * channels;
  const perImage = workgroupsPerImage(shape);
  const random = flip || shift > 0;
  return /* wgsl */ `
struct Key { seed: u32, purpose: u32, epoch: u32 }
@group(0) @binding(0) var<storage, read> pixels: array<u32>;
@group(0) @binding(1) var<storage, read> table: array<f32>;
@group(0) @binding(2) var<storage, read_write> output: array<f32>;
${
  random
    ? `@group(0) @binding(3) var<storage, read> rows: array<u32>;
@group(0) @binding(4) var<uniform> key: Key;`
    : ''
}
${linearWorkgroupWgsl}
${random ? philoxWgsl : ''}
@compute @workgroup_size(${AUGMENT_WORKGROUP})
fn main(@builtin(workgroup_id) id: vec3u, @builtin(num_workgroups) grid: vec3u, @builtin(local_invocation_index) lane: u32) {
  let at = linearWorkgroup(id, grid);
  let image = at / ${perImage}u;
  if (image >= ${batch}u) { return; }
  ${random ? 'let words = philox4x32(vec4u(rows[image], key.epoch, 0u, 0u), vec2u(key.seed, key.purpose));' : ''}
  let mirrored = ${flip ? '(words.x & 1u) == 1u' : 'false'};
  ${
    shift > 0
      ? `// Whole and uniform in 0 .. ${2 * shift}, as the upper word of a product.
  let dy = i32(philox_multiply_high(words.y, ${2 * shift + 1}u)) - ${shift};
  let dx = i32(philox_multiply_high(words.z, ${2 * shift + 1}u)) - ${shift};`
      : ''
  }
  let first = (at % ${perImage}u) * ${valuesPerWorkgroup}u;
  let end = min(first + ${valuesPerWorkgroup}u, ${values}u);
  for (var value = first + lane; value < end; value += ${AUGMENT_WORKGROUP}u) {
    let channel = value % ${channels}u;
    let pixel = value / ${channels}u;
    let y = i32(pixel / ${width}u)${shift > 0 ? ' - dy' : ''};
    let shifted = i32(pixel % ${width}u)${shift > 0 ? ' - dx' : ''};
    let x = select(shifted, ${width - 1} - shifted, mirrored);
    var standardized = 0.0;
    if (${shift > 0 ? `y >= 0 && y < ${height} && x >= 0 && x < ${width}` : 'true'}) {
      let byte = image * ${values}u + (u32(y) * ${width}u + u32(x)) * ${channels}u + channel;
      let level = (pixels[byte >> 2u] >> (8u * (byte & 3u))) & 255u;
      standardized = table[channel * 256u + level];
    }
    output[image * ${values}u + value] = standardized;
  }
}
`;
}
