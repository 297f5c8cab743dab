import { tileDepth } from '../matrix-product/tile-shape.ts';
import { blockOfColumns, eachComponent, elementFor, type TiledOperand } from '../matrix-product/tiled-operand.ts';

/** Every `step`-th tap of a filter from `first` on, `taps` of them, down and across. */
export interface TapSubset {
  readonly first: readonly [number, number];
  readonly step: readonly [number, number];
  readonly taps: readonly [number, number];
}

/** B[(tap, out channel), in channel] of a filter [kernel height, kernel width, in, out], transposed as it is read. */
export function filterTransposeOperand(
  name: string,
  kernelWidth: number,
  inChannels: number,
  outChannels: number,
  { first, step, taps }: TapSubset,
): TiledOperand {
  const element = elementFor(outChannels);
  const vectors = element === 'vec4f';
  const unit = vectors ? outChannels / 4 : outChannels;
  const depth = taps[0] * taps[1] * outChannels;
  const overhang = depth % tileDepth !== 0;
  // A phase without taps has no depth, and reads nothing.
  const across = Math.max(1, taps[1]);
  return {
    name,
    element,
    storage: 'f32',
    contiguous: 'depth',
    wgsl: (letter) => /* wgsl */ `
// Index of 4 in channels; it counts ${element}.
struct Side_${letter} { index: vec4u }

fn side_${letter}(first: u32) -> Side_${letter} {
  return Side_${letter}(min(first + vec4u(0u, 1u, 2u, 3u), vec4u(${inChannels - 1}u)) * ${unit}u);
}

${vectors ? 'fn block' : 'fn column'}_${letter}(side: Side_${letter}, ${vectors ? 'tile: u32, within: u32) -> mat4x4f' : 'depth: u32) -> vec4f'} {
  ${vectors ? 'let depth = tile + within;' : ''}
  ${overhang ? `if (depth >= ${depth}u) { return ${vectors ? 'mat4x4f()' : 'vec4f()'}; }` : ''}
  let tap = ${vectors && outChannels % tileDepth === 0 ? 'tile' : 'depth'} / ${outChannels}u;
  let channel = depth - tap * ${outChannels}u;
  let ty = ${first[0]}u + tap / ${across}u * ${step[0]}u;
  let tx = ${first[1]}u + tap % ${across}u * ${step[1]}u;
  let index = side.index + (ty * ${kernelWidth}u + tx) * ${inChannels * unit}u + channel${vectors ? ' / 4u' : ''};
  ${
    vectors
      ? `return transpose(mat4x4f(${eachComponent((at) => `${name}_values[index.${at}]`)}));`
      : `return vec4f(${eachComponent((at) => `${name}_values[index.${at}]`)});`
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
