import { linearWorkgroupWgsl } from '../../wgsl/linear-workgroup.wgsl.ts';
import { loaded, type StorageType, stored, storedType, vectorType, withStorage } from '../../wgsl/stored.wgsl.ts';
import { component, range, zero } from './convolution.broadcast-vector.ts';

/** What is written out in the shader that adds up an image; all sizes of the convolution are read from `imageParams`. */
export interface ImageBlock {
  /** Lanes of a subgroup, which is a workgroup. */
  readonly lanes: number;
  /** Filter taps across that slide along a row of the source; 1: each tap has a pass of its own, at any stride. */
  readonly taps: number;
  /** Result columns of a row that come after the last source column, at most taps - 1; with one tap, 0. */
  readonly right: number;
  /** Consecutive source channels that a lane loads at once, a divisor of their number. */
  readonly slotWidth: 1 | 2 | 4;
  /** Loads of a source pixel. All lanes' loads together are the slots of a pass. */
  readonly slotLoads: number;
  /** Consecutive result channels that a lane computes, a divisor of their number. */
  readonly columnWidth: 1 | 2 | 4;
  /** Slots number (filter row, channel), not the channels of one filter row. */
  readonly mergedRows: boolean;
  /** One pass holds all slots, so that nothing has to be added to an earlier result. */
  readonly onePass: boolean;
  /** The last columns belong to some of the lanes only. */
  readonly guarded: boolean;
  readonly bias: boolean;
}

/** The sizes that the shader reads, in its order. `source` and `result` are input and output, or the other way round. */
export const imageParams = [
  'batch',
  'imagesPerPart',
  'columnBlocks',
  'sourceHeight',
  'sourceWidth',
  'sourceChannels',
  'resultHeight',
  'resultWidth',
  'resultChannels',
  'kernelHeight',
  'kernelWidth',
  // Where the filter's value for tap (0, 0) lies, and how far the next row, tap, source and result channel are from it.
  'filterBase',
  'filterRow',
  'filterTap',
  'filterSource',
  'filterResult',
  // Step j of tap t reads row j * sourceDown + t * sourceTap - sourceTop, and adds to the row made the same way.
  'sourceDown',
  'sourceAcross',
  'sourceTap',
  'sourceTop',
  'sourceLeft',
  'resultDown',
  'resultAcross',
  'resultTap',
  'resultTop',
  'resultLeft',
] as const;
export type ImageParam = (typeof imageParams)[number];

/** Slots of a pass: how many products each result gets from one source pixel and tap. */
export function slotCount({ lanes, slotWidth, slotLoads }: ImageBlock): number {
  return lanes * slotWidth * slotLoads;
}

/**
 * Adds up images: result pixel += source pixel * filter tap, for every tap.
 *
 * Made for software Vulkan, where a load from a buffer is a branch and a check for each lane and costs as much as tens of
 * multiply-adds, while an array of the invocation, indexed by constants, costs nothing. So a subgroup takes a block of
 * the filter (slots x taps x columns) into such an array once, and then runs over all pixels of its images: a pixel is
 * loaded spread over the lanes and each of its channels handed out by a broadcast. With sliding taps a loaded pixel
 * serves every result that it reaches in its row, whose sums wait in `sum_0` (which ends here) to the last (which begins).
 * The passes over the other filter rows and channels add to what is there; a workgroup alone owns its results.
 * Results may only be stored as f16 by a block of one pass, since sums stay f32 until they are whole.
 */
export function broadcastImageWgsl(block: ImageBlock, sourceStorage: StorageType, resultStorage: StorageType): string {
  const { lanes, taps, right, slotWidth, slotLoads, columnWidth, mergedRows, onePass, guarded, bias } = block;
  const slots = slotCount(block);
  const sliding = taps > 1;
  const source = storedType(slotWidth, sourceStorage);
  const column = vectorType(columnWidth);
  const loads = range(slotLoads);
  const store = (at: string, value: string) => {
    const text = `result[${at}] = ${stored(value, columnWidth, resultStorage)};`;
    return guarded ? `if (inside) { ${text} }` : text;
  };
  const earlier = (at: string) => (onePass ? 'start' : `result[${at}]`);
  const weight = (tap: string) => `
      let at = params.filterBase + ky * params.filterRow + ${tap} * params.filterTap + channel * params.filterSource
        + column * ${columnWidth}u * params.filterResult;
      held[i] = select(${zero(columnWidth)}, ${column}(${range(columnWidth)
        .map((q) => `weights[at + ${q}u * params.filterResult]`)
        .join(', ')}), slot < slot_count);`;
  const pixels = loads
    .map((m) => {
      const load = loaded(`source[source_${m} + x_source * words]`, slotWidth, sourceStorage);
      return `let pixel_${m} = ${mergedRows ? `select(${zero(slotWidth)}, ${load}, valid_${m})` : load};`;
    })
    .join('\n        ');
  const products = loads
    .flatMap((m) =>
      range(lanes).flatMap((lane) =>
        range(slotWidth).map((at) => {
          const slot = (m * lanes + lane) * slotWidth + at;
          const sums = range(taps).map(
            (s) => `sum_${s} = fma(value, held[${(taps - 1 - s) * slots + slot}], sum_${s});`,
          );
          const value = `subgroupBroadcast(${component(`pixel_${m}`, slotWidth, at)}, ${lane}u)`;
          return `{ let value = ${column}(${value}); ${sums.join(' ')} }`;
        }),
      ),
    )
    .join('\n        ');
  const slidingRow = `
      ${range(taps - 1)
        .map((s) => `var sum_${s} = ${earlier(`destination + inRow(${s - taps + 1}) * columns`)};`)
        .join('\n      ')}
      for (var x = 0u; x < params.sourceWidth; x++) {
        let x_source = x;
        var sum_${taps - 1} = ${earlier('destination + inRow(i32(x)) * columns')};
        ${pixels}
        ${products}
        // Before the first result there is none: what is stored there instead is overwritten by it.
        ${store(`destination + inRow(i32(x) - ${taps - 1}) * columns`, 'sum_0')}
        ${range(taps - 1)
          .map((s) => `sum_${s} = sum_${s + 1};`)
          .join(' ')}
      }
      ${range(right)
        .map((s) => store(`destination + inRow(i32(params.sourceWidth) + ${s - taps + 1}) * columns`, `sum_${s}`))
        .join('\n      ')}`;
  const singleRow = `
      for (var x = first_x; x < end_x; x++) {
        let x_source = u32(i32(x * params.sourceAcross) + source_x);
        let at = destination + u32(i32(x * params.resultAcross) + result_x) * columns;
        var sum_0 = result[at];
        ${pixels}
        ${products}
        ${store('at', 'sum_0')}
      }`;
  const fill = `
    for (var i = 0u; i < ${taps * slots}u; i++) {
      let slot = first_slot + i % ${slots}u;
      let within = min(slot, slot_count - 1u);
      ${mergedRows ? 'let ky = within / params.sourceChannels; let channel = within % params.sourceChannels;' : 'let channel = within;'}${weight(sliding ? `(i / ${slots}u)` : 'kx')}
    }`;
  const mergedPass = `
    ${loads
      .map(
        (m) => `let slot_${m} = min(first_slot + (${m * lanes}u + lane) * ${slotWidth}u, slot_count - ${slotWidth}u);
    let ky_${m} = i32(slot_${m} / params.sourceChannels);
    let word_${m} = (slot_${m} % params.sourceChannels) / ${slotWidth}u;`,
      )
      .join('\n    ')}
    for (var image = first_image; image < end_image; image++) { for (var y = 0u; y < params.resultHeight; y++) {
      ${loads
        .map(
          (m) => `let y_${m} = i32(y * params.sourceDown) + ky_${m} - i32(params.sourceTop);
      let valid_${m} = y_${m} >= 0 && y_${m} < i32(params.sourceHeight);
      let row_${m} = image * params.sourceHeight + u32(clamp(y_${m}, 0, i32(params.sourceHeight) - 1));
      let source_${m} = row_${m} * params.sourceWidth * words + word_${m};`,
        )
        .join('\n      ')}
      let destination = (image * params.resultHeight + y) * params.resultWidth * columns + column;
      ${slidingRow}
    } }`;
  const plainPass = `
    ${loads.map((m) => `let word_${m} = min(first_slot / ${slotWidth}u + ${m * lanes}u + lane, words - 1u);`).join('\n    ')}
    let source_y = i32(ky * params.sourceTap) - i32(params.sourceTop);
    let result_y = i32(ky * params.resultTap) - i32(params.resultTop);
    let first_y = max(firstStep(source_y, params.sourceDown), firstStep(result_y, params.resultDown));
    let end_y = min(endStep(source_y, params.sourceDown, params.sourceHeight), endStep(result_y, params.resultDown, params.resultHeight));
    ${
      sliding
        ? ''
        : `let source_x = i32(kx * params.sourceTap) - i32(params.sourceLeft);
    let result_x = i32(kx * params.resultTap) - i32(params.resultLeft);
    let first_x = max(firstStep(source_x, params.sourceAcross), firstStep(result_x, params.resultAcross));
    let end_x = min(endStep(source_x, params.sourceAcross, params.sourceWidth), endStep(result_x, params.resultAcross, params.resultWidth));`
    }
    for (var image = first_image; image < end_image; image++) { for (var y = first_y; y < end_y; y++) {
      let source_row = image * params.sourceHeight + u32(i32(y * params.sourceDown) + source_y);
      let result_row = image * params.resultHeight + u32(i32(y * params.resultDown) + result_y);
      ${loads.map((m) => `let source_${m} = source_row * params.sourceWidth * words + word_${m};`).join('\n      ')}
      let destination = result_row * params.resultWidth * columns + column;
      ${sliding ? slidingRow : singleRow}
    } }`;
  const channels = `
  let slot_count = params.sourceChannels${mergedRows ? ' * params.kernelHeight' : ''};
  for (var first_slot = 0u; first_slot < slot_count; first_slot += ${slots}u) {${fill}${mergedRows ? mergedPass : plainPass}
  }`;
  const eachTap = sliding ? channels : `for (var kx = 0u; kx < params.kernelWidth; kx++) {${channels}\n  }`;

  const code = /* wgsl */ `enable subgroups;
struct Params { ${imageParams.map((name) => `${name}: u32`).join(', ')} }
@group(0) @binding(0) var<storage, read> source: array<${source}>;
@group(0) @binding(1) var<storage, read> weights: array<f32>;
@group(0) @binding(2) var<storage, read_write> result: array<${storedType(columnWidth, resultStorage)}>;
${bias ? `@group(0) @binding(3) var<storage, read> bias: array<${column}>;` : ''}
@group(0) @binding(${bias ? 4 : 3}) var<uniform> params: Params;
${linearWorkgroupWgsl}
// Steps j >= 0 with 0 <= j * stride + offset < size are those from firstStep to before endStep.
fn firstStep(offset: i32, stride: u32) -> u32 { return (u32(max(0, -offset)) + stride - 1u) / stride; }
fn endStep(offset: i32, stride: u32, size: u32) -> u32 {
  return (u32(max(0, i32(size) - offset)) + stride - 1u) / stride;
}
fn inRow(x: i32) -> u32 { return u32(clamp(x + i32(params.sourceLeft), 0, i32(params.resultWidth) - 1)); }

@compute @workgroup_size(${lanes})
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) grid: vec3u,
  @builtin(subgroup_invocation_id) lane: u32,
) {
  let id = linearWorkgroup(workgroup, grid);
  let columns = params.resultChannels / ${columnWidth}u;
  let own = id % params.columnBlocks * ${lanes}u + lane;
  ${guarded ? 'let inside = own < columns;' : ''}
  let column = min(own, columns - 1u);
  // Workgroups beyond the last part have no images.
  let first_image = id / params.columnBlocks * params.imagesPerPart;
  let end_image = min(first_image + params.imagesPerPart, params.batch);
  let words = params.sourceChannels / ${slotWidth}u;
  let start = ${bias ? 'bias[column]' : zero(columnWidth)};
  var held: array<${column}, ${taps * slots}>;
  ${
    onePass
      ? ''
      : `let pixel_count = params.resultHeight * params.resultWidth;
  for (var pixel = first_image * pixel_count; pixel < end_image * pixel_count; pixel++) {
    ${store('pixel * columns + column', 'start')}
  }`
  }
  ${mergedRows ? channels : `for (var ky = 0u; ky < params.kernelHeight; ky++) {${eachTap}\n  }`}
}
`;
  return withStorage(code, { source: sourceStorage, result: resultStorage });
}
