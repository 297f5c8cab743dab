import { tileDepth } from '../matrix-product/tile-shape.ts';
import { blockOfColumns, eachComponent, elementFor, type TiledOperand } from '../matrix-product/tiled-operand.ts';

/** B[depth, columns], row-major as it lies in memory. */
export function matrixOperand(name: string, depth: number, columns: number): TiledOperand {
  const element = elementFor(columns);
  const overhang = depth % tileDepth !== 0;
  return {
    name,
    element,
    storage: 'f32',
    contiguous: 'side',
    wgsl(letter) {
      const values =
        element === 'vec4f'
          ? `${name}_values[depth * ${columns / 4}u + side.columns.x / 4u]`
          : `vec4f(${eachComponent((at) => `${name}_values[depth * ${columns}u + side.columns.${at}]`)})`;
      return /* wgsl */ `
struct Side_${letter} { columns: vec4u }

fn side_${letter}(first: u32) -> Side_${letter} {
  return Side_${letter}(min(first + vec4u(0u, 1u, 2u, 3u), vec4u(${element === 'vec4f' ? `${columns - 4}u, ${columns - 3}u, ${columns - 2}u, ` : `vec3u(${columns - 1}u), `}${columns - 1}u)));
}

fn column_${letter}(side: Side_${letter}, depth: u32) -> vec4f {
  ${overhang ? `if (depth >= ${depth}u) { return vec4f(); }` : ''}
  return ${values};
}

fn block_${letter}(side: Side_${letter}, tile: u32, within: u32) -> mat4x4f {
  let depth = tile + within;
  return ${blockOfColumns((at) => `column_${letter}(side, depth + ${at}u)`)};
}
`;
    },
  };
}
