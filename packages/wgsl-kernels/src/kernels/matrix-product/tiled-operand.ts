import type { StorageType } from '../../wgsl/stored.wgsl.ts';

/**
 * How the tile core reads one side of a product: blocks of 4 along the side (rows of A, columns of B) by 4 along the
 * depth, as a matrix whose column i holds the side's 4 values at depth + i.
 */
export interface TiledOperand {
  /** The binding's name; in WGSL, where some names are reserved, `_values` follows it. */
  readonly name: string;
  /** What it holds: vectors where 4 values lie side by side in memory at every block. */
  readonly element: 'f32' | 'vec4f';
  /** How its values are stored; blocks are f32 whatever it is. */
  readonly storage: StorageType;
  /** Which way values lie side by side: lanes that load together follow it. */
  readonly contiguous: 'depth' | 'side';
  /**
   * WGSL for matrix `letter` ('a' or 'b'): `struct Side_x`, what a lane keeps of its place along the side;
   * `fn side_x(first: u32) -> Side_x`, made once; `fn block_x(side: Side_x, tile: u32, within: u32) -> mat4x4f`, the block
   * at depth `tile + within`, where `tile` is the same in all lanes. Places beyond the side give any values of it, places
   * beyond the depth zeros.
   */
  wgsl(letter: 'a' | 'b'): string;
}

/** 'vec4f' if vectors of 4 fit. */
export const elementFor = (...counts: readonly number[]) =>
  counts.every((count) => count % 4 === 0) ? ('vec4f' as const) : ('f32' as const);

/** Values that an element holds. */
export const widthOf = (element: 'f32' | 'vec4f') => (element === 'vec4f' ? 4 : 1);

/** A block from its 4 columns. */
export const blockOfColumns = (column: (at: number) => string) => `mat4x4f(${[0, 1, 2, 3].map(column).join(', ')})`;

/** The 4 components of a vector. */
export const eachComponent = (text: (component: string) => string) => ['x', 'y', 'z', 'w'].map(text).join(', ');
