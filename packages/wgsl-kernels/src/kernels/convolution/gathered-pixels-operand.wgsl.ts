import { loaded, type StorageType } from '../../wgsl/stored.wgsl.ts';
import { tileDepth } from '../matrix-product/tile-shape.ts';
import {
  blockOfColumns,
  eachComponent,
  elementFor,
  type TiledOperand,
  widthOf,
} from '../matrix-product/tiled-operand.ts';

/** Pixels of images with channels last that are gathered tap by tap around the pixels of a grid. */
export interface GatheredPixels {
  readonly name: string;
  readonly storage: StorageType;
  readonly batch: number;
  /** Rows and columns of an image. */
  readonly image: readonly [number, number];
  readonly channels: number;
  /** Rows and columns of the grid. */
  readonly grid: readonly [number, number];
  /** The pixel for place (y, x) of the grid at tap (ty, tx) is scale * place + offset + direction * tap. */
  readonly scale: readonly [number, number];
  readonly offset: readonly [number, number];
  readonly direction: 1 | -1;
  readonly taps: readonly [number, number];
}

/** Whether any pixel that is gathered lies outside of the images, along one axis. */
function leaves(pixels: GatheredPixels, axis: 0 | 1): boolean {
  const { image, grid, scale, offset, direction, taps } = pixels;
  const tapEnd = direction * (taps[axis] - 1);
  const first = offset[axis] + Math.min(0, tapEnd);
  const last = scale[axis] * (grid[axis] - 1) + offset[axis] + Math.max(0, tapEnd);
  return first < 0 || last >= image[axis];
}

/** A[(image, y, x of the grid), (tap, channel)]: rows that are never written to memory. */
export function gatheredPixelsOperand(pixels: GatheredPixels): TiledOperand {
  const { name, storage, batch, image, channels, grid, scale, offset, direction, taps } = pixels;
  const element = elementFor(channels);
  const rows = batch * grid[0] * grid[1];
  const depth = taps[0] * taps[1] * channels;
  const vectors = element === 'vec4f';
  const unit = vectors ? channels / 4 : channels;
  const zero = vectors ? 'vec4f()' : '0f';
  const oneTap = taps[0] * taps[1] <= 1;
  const checks = [
    ...(leaves(pixels, 0) ? [`(vec4u(y) < vec4u(${image[0]}u))`] : []),
    ...(leaves(pixels, 1) ? [`(vec4u(x) < vec4u(${image[1]}u))`] : []),
    ...(depth % tileDepth !== 0 ? [`vec4<bool>(depth < ${depth}u)`] : []),
  ];
  const sign = direction === 1 ? '+' : '-';

  return {
    name,
    element,
    storage,
    contiguous: 'depth',
    wgsl: (letter) => /* wgsl */ `
// Pixel and index of tap 0 for 4 places of the grid; the index counts ${element}.
struct Side_${letter} { y: vec4i, x: vec4i, index: vec4i }

fn side_${letter}(first: u32) -> Side_${letter} {
  let row = min(first + vec4u(0u, 1u, 2u, 3u), vec4u(${rows - 1}u));
  let place = row % ${grid[0] * grid[1]}u;
  let y = vec4i(place / ${grid[1]}u) * ${scale[0]} + ${offset[0]};
  let x = vec4i(place % ${grid[1]}u) * ${scale[1]} + ${offset[1]};
  let image = vec4i(row / ${grid[0] * grid[1]}u);
  return Side_${letter}(y, x, ((image * ${image[0]} + y) * ${image[1]} + x) * ${unit});
}

fn value_${letter}(inside: bool, index: i32) -> ${element} {
  if (inside) { return ${loaded(`${name}_values[index]`, widthOf(element), storage)}; }
  return ${zero};
}

${vectors ? 'fn block' : 'fn column'}_${letter}(side: Side_${letter}, ${vectors ? 'tile: u32, within: u32) -> mat4x4f' : 'depth: u32) -> vec4f'} {
  ${vectors ? 'let depth = tile + within;' : ''}
  ${
    oneTap
      ? `let ty = 0;
  let tx = 0;
  let channel = depth;`
      : `let tap = ${vectors && channels % tileDepth === 0 ? 'tile' : 'depth'} / ${channels}u;
  let ty = i32(tap / ${taps[1]}u);
  let tx = i32(tap % ${taps[1]}u);
  let channel = depth - tap * ${channels}u;`
  }
  let y = side.y ${sign} ty;
  let x = side.x ${sign} tx;
  let inside = ${checks.length === 0 ? 'vec4<bool>(true)' : checks.join(' & ')};
  let index = side.index ${sign} (ty * ${image[1]} + tx) * ${unit} + i32(channel${vectors ? ' / 4u' : ''});
  ${
    vectors
      ? `return transpose(mat4x4f(${eachComponent((at) => `value_${letter}(inside.${at}, index.${at})`)}));`
      : `return vec4f(${eachComponent((at) => `value_${letter}(inside.${at}, index.${at})`)});`
  }
}
${
  vectors
    ? ''
    : `
fn block_${letter}(side: Side_${letter}, tile: u32, within: u32) -> mat4x4f {
  let depth = tile + within;
  return ${blockOfColumns((at) => `column_${letter}(side, depth + ${at}u)`)};
}`
}
`,
  };
}
