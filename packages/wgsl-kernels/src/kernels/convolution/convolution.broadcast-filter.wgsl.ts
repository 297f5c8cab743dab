import { linearWorkgroupWgsl } from '../../wgsl/linear-workgroup.wgsl.ts';
import { loaded, type StorageType, storedType, vectorType, withStorage } from '../../wgsl/stored.wgsl.ts';
import { component, range, zero } from './convolution.broadcast-vector.ts';

/** What is written out in the shader of the filter gradient; all sizes are read from `filterParams`. */
export interface FilterBlock {
  /** Lanes of a subgroup, which is a workgroup. */
  readonly lanes: number;
  /** Filter taps across whose gradients are added up together, at stride 1; 1: any stride. */
  readonly taps: number;
  /** Pixels of a row whose products are added to a sum at a time, so that it is read and written once for them. */
  readonly pixels: number;
  /** Consecutive input channels that a lane loads at once, a divisor of their number. */
  readonly slotWidth: 1 | 2 | 4;
  /** Consecutive output channels that a lane computes, a divisor of their number. */
  readonly columnWidth: 1 | 2 | 4;
}

/** The sizes that the shader reads, in its order. */
export const filterParams = [
  'workgroups',
  'batch',
  'imagesPerPart',
  'columnBlocks',
  'slotBlocks',
  'inHeight',
  'inWidth',
  'inChannels',
  'outHeight',
  'outWidth',
  'outChannels',
  'kernelHeight',
  'kernelWidth',
  'down',
  'across',
  'top',
  'left',
] as const;

/**
 * The filter gradient of each part of the batch, [parts, kernel height, kernel width, in, out]: a subgroup adds up input
 * pixel x output gradient for a block of input channels (broadcast), taps and output channels (of its lanes). As in
 * `broadcastImageWgsl` the sums lie in an array that constants index, and a loaded pixel serves all taps.
 */
export function broadcastFilterWgsl(block: FilterBlock, sourceStorage: StorageType): string {
  const { lanes, taps, pixels, slotWidth, columnWidth } = block;
  const sourceAt = (index: string) => loaded(`source[${index}]`, slotWidth, sourceStorage);
  const slots = lanes * slotWidth;
  const sliding = taps > 1;
  const column = vectorType(columnWidth);
  const nothing = zero(columnWidth);
  const overhang = taps - 1;
  const products = range(slots)
    .map((slot) => {
      const lane = Math.floor(slot / slotWidth);
      const values = range(pixels).map((p) => {
        const value = component(`pixel_${p}`, slotWidth, slot % slotWidth);
        return `let value_${p} = ${column}(subgroupBroadcast(${value}, ${lane}u));`;
      });
      const sums = range(taps).map((tap) => {
        const at = `sums[${slot * taps + tap}]`;
        const sum = range(pixels).reduce((rest, p) => `fma(value_${p}, dy_${p + overhang - tap}, ${rest})`, at);
        return `${at} = ${sum};`;
      });
      return `{ ${values.join(' ')} ${sums.join(' ')} }`;
    })
    .join('\n      ');
  const slidingRow = `
      ${range(overhang)
        .map((at) => `var dy_${at} = gradientAt(gradient_row, i32(params.left) + ${at - overhang});`)
        .join('\n      ')}
      for (var x = 0u; x < params.inWidth; x += ${pixels}u) {
        ${range(pixels)
          .map(
            (
              p,
            ) => `let pixel_${p} = select(${zero(slotWidth)}, ${sourceAt(`source_row + min(x + ${p}u, params.inWidth - 1u) * words`)}, x + ${p}u < params.inWidth);
        let dy_${p + overhang} = gradientAt(gradient_row, i32(x + params.left) + ${p});`,
          )
          .join('\n        ')}
      ${products}
        ${range(overhang)
          .map((at) => `dy_${at} = dy_${at + pixels};`)
          .join(' ')}
      }`;
  const singleRow = `
      for (var x = first_x; x < end_x; x += ${pixels}u) {
        ${range(pixels)
          .map(
            (p) => `let x_${p} = min(x + ${p}u, end_x - 1u);
        let pixel_${p} = select(${zero(slotWidth)}, ${sourceAt(`source_row + u32(i32(x_${p} * params.across) + offset_x) * words`)}, x + ${p}u < end_x);
        let dy_${p} = gradientAt(gradient_row, i32(x_${p}));`,
          )
          .join('\n        ')}
      ${products}
      }`;

  const code = /* wgsl */ `enable subgroups;
struct Params { ${filterParams.map((name) => `${name}: u32`).join(', ')} }
@group(0) @binding(0) var<storage, read> source: array<${storedType(slotWidth, sourceStorage)}>;
@group(0) @binding(1) var<storage, read> gradient: array<${column}>;
@group(0) @binding(2) var<storage, read_write> partial: array<${column}>;
@group(0) @binding(3) var<uniform> params: Params;
${linearWorkgroupWgsl}
// Steps j >= 0 with 0 <= j * stride + offset < size are those from firstStep to before endStep.
fn firstStep(offset: i32, stride: u32) -> u32 { return (u32(max(0, -offset)) + stride - 1u) / stride; }
fn endStep(offset: i32, stride: u32, size: u32) -> u32 {
  return (u32(max(0, i32(size) - offset)) + stride - 1u) / stride;
}
// The output gradient in column x of a row, zero beside it.
fn gradientAt(row: u32, x: i32) -> ${column} {
  let within = u32(clamp(x, 0, i32(params.outWidth) - 1));
  return select(${nothing}, gradient[row + within * (params.outChannels / ${columnWidth}u)], x >= 0 && x < i32(params.outWidth));
}

@compute @workgroup_size(${lanes})
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) grid: vec3u,
  @builtin(subgroup_invocation_id) lane: u32,
) {
  var id = linearWorkgroup(workgroup, grid);
  if (id >= params.workgroups) { return; }
  let columns = params.outChannels / ${columnWidth}u;
  let words = params.inChannels / ${slotWidth}u;
  let own = id % params.columnBlocks * ${lanes}u + lane;
  let column = min(own, columns - 1u);
  id /= params.columnBlocks;
  let first_slot = id % params.slotBlocks * ${slots}u;
  let word = min(first_slot / ${slotWidth}u + lane, words - 1u);
  id /= params.slotBlocks;
  ${sliding ? '' : 'let kx = id % params.kernelWidth;\n  id /= params.kernelWidth;'}
  let ky = id % params.kernelHeight;
  let part = id / params.kernelHeight;
  let first_image = part * params.imagesPerPart;
  let end_image = min(first_image + params.imagesPerPart, params.batch);
  let offset_y = i32(ky) - i32(params.top);
  let first_y = firstStep(offset_y, params.down);
  let end_y = min(params.outHeight, endStep(offset_y, params.down, params.inHeight));
  ${
    sliding
      ? ''
      : `let offset_x = i32(kx) - i32(params.left);
  let first_x = firstStep(offset_x, params.across);
  let end_x = min(params.outWidth, endStep(offset_x, params.across, params.inWidth));`
  }
  var sums: array<${column}, ${slots * taps}>;
  for (var image = first_image; image < end_image; image++) { for (var y = first_y; y < end_y; y++) {
      let source_y = u32(i32(y * params.down) + offset_y);
      let source_row = (image * params.inHeight + source_y) * params.inWidth * words + word;
      let gradient_row = (image * params.outHeight + y) * params.outWidth * columns + column;
      ${sliding ? slidingRow : singleRow}
  } }
  for (var i = 0u; i < ${slots * taps}u; i++) {
    let channel = first_slot + i / ${taps}u;
    let tap = (part * params.kernelHeight + ky) * params.kernelWidth + ${sliding ? `i % ${taps}u` : 'kx'};
    if (own < columns && channel < params.inChannels) {
      partial[(tap * params.inChannels + channel) * columns + own] = sums[i];
    }
  }
}
`;
  return withStorage(code, { source: sourceStorage });
}
