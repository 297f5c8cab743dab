import { linearWorkgroupWgsl } from '../../wgsl/linear-workgroup.wgsl.ts';
import { type StorageType, stored, storedType, withStorage } from '../../wgsl/stored.wgsl.ts';
import { type DepthSplit, laneCount, type ProductSize, type TileShape, tileCount, tileDepth } from './tile-shape.ts';
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

const blocksIn = (side: number) => (side / 4) * (tileDepth / 4);

/** Where one side of a tile lies in workgroup memory, as rows of `side` values, one row for each depth. */
interface TileMemory {
  readonly letter: 'a' | 'b';
  readonly operand: TiledOperand;
  readonly array: string;
  /** First vec4 of it in the array. */
  readonly base: number;
  /** vec4s of a row. */
  readonly quads: number;
}

/**
 * WGSL that swaps the vec4s of a row by its depth, so that lanes that store blocks of several depths at once reach
 * different banks. Only bits 1 and 2 change: neighbours stay within 8 vec4s, one pass over all banks.
 */
const swizzled = ({ operand, quads }: TileMemory, quad: string, depthQuad: string) =>
  operand.contiguous === 'depth' ? `(${quad} ^ ((${depthQuad} * 2u) & ${quads - 1}u))` : quad;

/** The place of a block in its tile and in workgroup memory; consecutive blocks follow memory. */
function blockPlace(memory: TileMemory, block: string, at: number): string {
  const { letter, operand, base, quads } = memory;
  const name = `${letter}_${at}`;
  const depthQuads = tileDepth / 4;
  const along = operand.contiguous === 'depth';
  return `let quad_${name} = (${block}) ${along ? `/ ${depthQuads}u` : `% ${quads}u`};
  let depth_quad_${name} = (${block}) ${along ? `% ${depthQuads}u` : `/ ${quads}u`};
  let within_${name} = depth_quad_${name} * 4u;
  let side_${name} = side_${letter}(${letter === 'a' ? 'first_row' : 'first_column'} + quad_${name} * 4u);
  let slot_${name} = ${base}u + within_${name} * ${quads}u + ${swizzled(memory, `quad_${name}`, `depth_quad_${name}`)};`;
}

/** The blocks a lane loads, and how it stores them. */
function loading(a: TileMemory, b: TileMemory, lanes: number) {
  const blocksA = blocksIn(a.quads * 4);
  const blocksB = blocksIn(b.quads * 4);
  const block = (name: string) => `block_${name[0]}(side_${name}, depth, within_${name})`;
  const store = (slot: string, next: string, quads: number) =>
    lines(
      4,
      (i) => `    ${a.array === b.array ? a.array : `tile_${next[5]}`}[${slot} + ${i * quads}u] = ${next}[${i}];`,
    );
  if (a.array === b.array) {
    // Half of the lanes load A, half load B: whole subgroups, and half of the registers.
    return {
      places: `${blockPlace(a, `lane & ${blocksA - 1}u`, 0)}
  ${blockPlace(b, `lane & ${blocksB - 1}u`, 0)}
  let slot = select(slot_b_0, slot_a_0, lane < ${blocksA}u);
  var next_0 = mat4x4f();`,
      load: `if (lane < ${blocksA}u) { next_0 = ${block('a_0')}; } else { next_0 = ${block('b_0')}; }`,
      store: store('slot', 'next_0', a.quads),
    };
  }
  const parts = [a, b].flatMap((memory) => {
    const blocks = blocksIn(memory.quads * 4);
    return Array.from({ length: Math.ceil(blocks / lanes) }, (_, at) => ({
      name: `${memory.letter}_${at}`,
      quads: memory.quads,
      place: blockPlace(memory, `(lane + ${at * lanes}u) & ${blocks - 1}u`, at),
      guard: (text: string) => (blocks < lanes ? `if (lane < ${blocks}u) {\n${text}\n    }` : text),
    }));
  });
  return {
    places: parts.map(({ name, place }) => `${place}\n  var next_${name} = mat4x4f();`).join('\n  '),
    load: parts.map(({ name, guard }) => guard(`      next_${name} = ${block(name)};`)).join('\n'),
    store: parts.map(({ name, quads, guard }) => guard(store(`slot_${name}`, `next_${name}`, quads))).join('\n'),
  };
}

/**
 * One product C = A B in tiles of workgroup memory and registers, the depth in pieces if it is split.
 *
 * Why it should run well on an NVIDIA GPU (Hopper, 128 x 128 x 16 by 256 lanes of 8 x 8): 64 accumulators, 16 values
 * prefetched, 16 of the tiles and about 25 of addresses stay below the 128 registers at which two workgroups share a
 * processor, so one computes while the other waits at its barriers. A depth costs a lane 4 loads of 16 bytes for 64
 * multiply-adds; a subgroup is 4 x 8 lanes, so that a load touches 64 or 128 bytes: a quarter of what workgroup memory
 * gives. Stores of transposed blocks are swizzled free of bank conflicts. From global memory 4 lanes read 64 bytes of a
 * row, or 32 lanes 512; no value is read twice by a workgroup but for overlapping taps, which the first-level cache holds.
 * Tiles that differ only in columns follow each other, so that A comes from memory once and B stays in the L2 cache. Four
 * depths are written out and four times that is a loop: a branch for 256 multiply-adds, and code that fits its cache. This
 * is reckoned, not measured.
 */
export function tiledProductWgsl({ a, b, output, size, tile, split }: TiledProduct): string {
  const lanes = laneCount(tile);
  const laneRowQuads = tile.laneRows / 4;
  const laneColumnQuads = tile.laneColumns / 4;
  const quadsA = tile.rows / 4;
  const quadsB = tile.columns / 4;
  const shared = blocksIn(tile.rows) + blocksIn(tile.columns) === lanes && quadsA === quadsB;
  const memoryA: TileMemory = {
    letter: 'a',
    operand: a,
    array: shared ? 'tile' : 'tile_a',
    base: 0,
    quads: quadsA,
  };
  const memoryB: TileMemory = {
    letter: 'b',
    operand: b,
    array: shared ? 'tile' : 'tile_b',
    base: shared ? quadsA * tileDepth : 0,
    quads: quadsB,
  };
  const load = loading(memoryA, memoryB, lanes);

  // A subgroup of 32 lanes is a block of 4 x 8 in the workgroup's grid of lanes, or as near to it as the grid allows.
  const lanesAcross = tile.columns / tile.laneColumns;
  const lanesDown = tile.rows / tile.laneRows;
  const across = Math.min(8, lanesAcross);
  const down = Math.min(Math.max(1, 32 / across), lanesDown);
  const blocksAcross = lanesAcross / across;

  const rowTiles = Math.ceil(size.rows / tile.rows);
  const columnTiles = Math.ceil(size.columns / tile.columns);
  const rowsOverhang = size.rows % tile.rows !== 0;
  const columnsOverhang = size.columns % tile.columns !== 0;

  const fragment = (memory: TileMemory, depth: number, group: number) => {
    const { letter, array, base, quads } = memory;
    return `${array}[at_${letter} + ${base + depth * quads + group * (quads / 2)}u]`;
  };
  const multiply = (depth: number) => `      {
${lines(laneRowQuads, (g) => `        let a_${g} = ${fragment(memoryA, depth, g)};`)}
${lines(laneColumnQuads, (h) => `        let b_${h} = ${fragment(memoryB, depth, h)};`)}
${lines(tile.laneRows, (row) =>
  lines(laneColumnQuads, (h) => {
    const sum = `sum_${row}_${h}`;
    return `        ${sum} = fma(vec4f(a_${row >> 2}[${row & 3}]), b_${h}, ${sum});`;
  }),
)}
      }`;

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
${a.wgsl('a')}
${b.wgsl('b')}
${
  shared
    ? `var<workgroup> tile: array<vec4f, ${2 * quadsA * tileDepth}>;`
    : `var<workgroup> tile_a: array<vec4f, ${quadsA * tileDepth}>;
var<workgroup> tile_b: array<vec4f, ${quadsB * tileDepth}>;`
}

fn store(split: u32, row: u32, column: u32, value: vec4f) {
${rowsOverhang ? `  if (row >= ${size.rows}u) { return; }` : ''}
${storeValue}
}

@compute @workgroup_size(${lanes})
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

  // Quads of rows and columns that this lane computes; the second quad of 8 lies half a tile further.
  let lane_column = ((lane % ${across}u) + (lane / ${across * down}u % ${blocksAcross}u) * ${across}u) & ${lanesAcross - 1}u;
  let lane_row = ((lane / ${across}u % ${down}u) + (lane / ${across * down * blocksAcross}u) * ${down}u) & ${lanesDown - 1}u;
  ${load.places}
${lines(tile.laneRows, (row) => lines(laneColumnQuads, (h) => `  var sum_${row}_${h} = vec4f();`))}

  var depth = first_depth;
  if (depth < end_depth) {
    ${load.load}
  }
  while (depth < end_depth) {
    workgroupBarrier();
${load.store}
    workgroupBarrier();
    depth += ${tileDepth}u;
    if (depth < end_depth) {
    ${load.load}
    }
    for (var quad = 0u; quad < ${tileDepth / 4}u; quad++) {
      let at_a = quad * ${4 * quadsA}u + ${swizzled(memoryA, 'lane_row', 'quad')};
      let at_b = quad * ${4 * quadsB}u + ${swizzled(memoryB, 'lane_column', 'quad')};
${lines(4, multiply)}
    }
  }
${lines(tile.laneRows, (row) =>
  lines(
    laneColumnQuads,
    (h) =>
      `  store(split, first_row + lane_row * 4u + ${(row >> 2) * (tile.rows / 2) + (row & 3)}u, first_column + lane_column * 4u + ${h * (tile.columns / 2)}u, sum_${row}_${h});`,
  ),
)}
}
`;
  return withStorage(code, { a: a.storage, b: b.storage, output: output.storage });
}
