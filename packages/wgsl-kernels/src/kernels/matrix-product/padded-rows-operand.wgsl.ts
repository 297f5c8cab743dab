import { loaded, type StorageType } from '../../wgsl/stored.wgsl.ts';
import { eachComponent, type TiledOperand } from './tiled-operand.ts';

/** The rows of a matrix, padded to whole tiles and to `params.depth` columns, so that nothing has to be checked. */
export function paddedRowsOperand(name: string, storage: StorageType = 'f32'): TiledOperand {
  return {
    name,
    element: 'vec4f',
    storage,
    contiguous: 'depth',
    wgsl: (letter) => /* wgsl */ `
struct Side_${letter} { index: vec4u }

fn side_${letter}(first: u32) -> Side_${letter} {
  return Side_${letter}((first + vec4u(0u, 1u, 2u, 3u)) * (params.depth / 4u));
}

fn block_${letter}(side: Side_${letter}, tile: u32, within: u32) -> mat4x4f {
  let index = side.index + (tile + within) / 4u;
  return transpose(mat4x4f(${eachComponent((at) => loaded(`${name}[index.${at}]`, 4, storage))}));
}
`,
  };
}
