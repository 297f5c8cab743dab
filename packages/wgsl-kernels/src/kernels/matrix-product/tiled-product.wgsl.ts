import { linearWorkgroupWgsl } from '../../wgsl/linear-workgroup.wgsl.ts';
import { type StorageType, stored, storedType, withStorage } from '../../wgsl/stored.wgsl.ts';
import { tileCore } from './tile-core.wgsl.ts';
import { type DepthSplit, type ProductSize, type TileShape, tileCount } from './tile-shape.ts';
import { type TiledOperand, widthOf } from './tiled-operand.ts';

/** Where the values of a product go. */
export interface TiledOutput {
  /** The binding's name; in WGSL, where some names are reserved, `_values` follows it. */
  readonly name: string;
  readonly element: 'f32' | 'vec4f';
  readonly storage: StorageType;
  /** WGSL that gives the index of (row, column) in elements, from `row` and `column`. */
  readonly index: string;
  /** WGSL declarations and functions that the rest uses. */
  readonly wgsl?: string;
  /** WGSL for what is added to the 4 values from `column` on. */
  readonly bias?: string;
}

export interface TiledProduct {
  readonly a: TiledOperand;
  readonly b: TiledOperand;
  readonly output: TiledOutput;
  readonly size: ProductSize;
  readonly tile: TileShape;
  readonly split: DepthSplit;
}

const lines = (count: number, text: (at: number) => string) =>
  Array.from({ length: count }, (_, at) => text(at)).join('\n');

/**
 * One product C = A B on the tile core, the depth in pieces if it is split. Tiles that differ only in columns follow each
 * other, so that A comes from memory once and B stays in the L2 cache (reckoned, not measured).
 */
export function tiledProductWgsl({ a, b, output, size, tile, split }: TiledProduct): string {
  const core = tileCore(a, b, tile);
  const rowTiles = Math.ceil(size.rows / tile.rows);
  const columnTiles = Math.ceil(size.columns / tile.columns);
  const rowsOverhang = size.rows % tile.rows !== 0;
  const columnsOverhang = size.columns % tile.columns !== 0;

  const arrayOf = ({ element, storage }: { readonly element: 'f32' | 'vec4f'; readonly storage: StorageType }) =>
    `array<${storedType(widthOf(element), storage)}>`;
  const result = `value${output.bias === undefined ? '' : ` + ${output.bias}`}`;
  const storeValue =
    output.element === 'vec4f'
      ? `  if (${columnsOverhang ? `column >= ${size.columns}u` : 'false'}) { return; }
  ${output.name}_values[(${output.index}) / 4u] = ${stored(result, 4, output.storage)};`
      : `  let index = ${output.index};
  let result = ${result};
${lines(4, (i) => `  if (column + ${i}u < ${size.columns}u) { ${output.name}_values[index + ${i}u] = ${stored(`result[${i}]`, 1, output.storage)}; }`)}`;

  const code = /* wgsl */ `
@group(0) @binding(0) var<storage, read> ${a.name}_values: ${arrayOf(a)};
@group(0) @binding(1) var<storage, read> ${b.name}_values: ${arrayOf(b)};
@group(0) @binding(2) var<storage, read_write> ${output.name}_values: ${arrayOf(output)};
${output.wgsl ?? ''}
${linearWorkgroupWgsl}
${core.declarations}

fn store(split: u32, row: u32, column: u32, value: vec4f) {
${rowsOverhang ? `  if (row >= ${size.rows}u) { return; }` : ''}
${storeValue}
}

@compute @workgroup_size(${core.lanes})
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) grid: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let number = linearWorkgroup(workgroup, grid);
  if (number >= ${tileCount(size, tile) * split.count}u) { return; }
  let first_column = (number % ${columnTiles}u) * ${tile.columns}u;
  let first_row = (number / ${columnTiles}u % ${rowTiles}u) * ${tile.rows}u;
  let split = number / ${columnTiles * rowTiles}u;
  let first_depth = split * ${split.depth}u;
  let end_depth = min(first_depth + ${split.depth}u, ${size.depth}u);

${core.place}
${core.begin}

${core.accumulate}
${lines(tile.laneRows, (row) =>
  lines(
    tile.laneColumns / 4,
    (h) => `  store(split, first_row + ${core.rowOf(row)}, first_column + ${core.columnOf(h)}, sum_${row}_${h});`,
  ),
)}
}
`;
  return withStorage(code, { a: a.storage, b: b.storage, output: output.storage });
}
