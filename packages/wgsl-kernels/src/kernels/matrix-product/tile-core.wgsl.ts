import { laneCount, type TileShape, tileDepth } from './tile-shape.ts';
import type { TiledOperand } from './tiled-operand.ts';

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

/** The parts of a shader that adds up tiles of a product. */
export interface TileCore {
  /** Lanes of a workgroup. */
  readonly lanes: number;
  /** For the module: how the sides are read, and `tile` (or `tile_a` and `tile_b`) in workgroup memory. */
  readonly declarations: string;
  /** In `main`, once: `lane_row` and `lane_column`, the quads of 4 rows and columns that `lane` computes. */
  readonly place: string;
  /** For each tile: where the lane loads from, by `first_row` and `first_column`, and its sums, of nothing yet. */
  readonly begin: string;
  /**
   * Adds to `sum_R_H`, for row R and quad H of columns of the lane, the depths from `first_depth` to before `end_depth`.
   * It begins with a barrier before it writes the tiles, and ends without one after it has read them.
   */
  readonly accumulate: string;
  /** The row and first column of `sum_R_H` in the tile, in WGSL. */
  rowOf(row: number): string;
  columnOf(quad: number): string;
}

/**
 * Tiles of workgroup memory and registers. The lane's second quad of 8 rows or columns lies half a tile further.
 *
 * Why it should run well on an NVIDIA GPU (Hopper, 128 x 128 x 16 by 256 lanes of 8 x 8): 64 accumulators, 16 values
 * prefetched, 16 of the tiles and about 25 of addresses stay below the 128 registers at which two workgroups share a
 * processor, so one computes while the other waits at its barriers. A depth costs a lane 4 loads of 16 bytes for 64
 * multiply-adds; a subgroup is 4 x 8 lanes, so that a load touches 64 or 128 bytes: a quarter of what workgroup memory
 * gives. Stores of transposed blocks are swizzled free of bank conflicts. From global memory 4 lanes read 64 bytes of a
 * row, or 32 lanes 512; no value is read twice by a workgroup but for overlapping taps, which the first-level cache holds.
 * Four depths are written out and four times that is a loop: a branch for 256 multiply-adds, and code that fits its cache.
 * This is reckoned, not measured.
 */
export function tileCore(
  a: TiledOperand,
  b: TiledOperand,
  tile: TileShape,
  /** WGSL for a sum with one more term of a row's value (a vector of it) and a quad of columns. */
  add: (sum: string, a: string, b: string) => string = (sum, x, y) => `fma(${x}, ${y}, ${sum})`,
): TileCore {
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
    return `        ${sum} = ${add(sum, `vec4f(a_${row >> 2}[${row & 3}])`, `b_${h}`)};`;
  }),
)}
      }`;

  return {
    lanes,
    declarations: `${a.wgsl('a')}
${b.wgsl('b')}
${
  shared
    ? `var<workgroup> tile: array<vec4f, ${2 * quadsA * tileDepth}>;`
    : `var<workgroup> tile_a: array<vec4f, ${quadsA * tileDepth}>;
var<workgroup> tile_b: array<vec4f, ${quadsB * tileDepth}>;`
}`,
    place: `  let lane_column = ((lane % ${across}u) + (lane / ${across * down}u % ${blocksAcross}u) * ${across}u) & ${lanesAcross - 1}u;
  let lane_row = ((lane / ${across}u % ${down}u) + (lane / ${across * down * blocksAcross}u) * ${down}u) & ${lanesDown - 1}u;`,
    begin: `  ${load.places}
${lines(tile.laneRows, (row) => lines(laneColumnQuads, (h) => `  var sum_${row}_${h} = vec4f();`))}`,
    accumulate: `  var depth = first_depth;
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
  }`,
    rowOf: (row) => `lane_row * 4u + ${(row >> 2) * (tile.rows / 2) + (row & 3)}u`,
    columnOf: (quad) => `lane_column * 4u + ${quad * (tile.columns / 2)}u`,
  };
}
