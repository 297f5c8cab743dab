/** Depth of a tile: what lies in workgroup memory at a time. 128 x 128 x 16 are 16 KiB, what every device has. */
export const tileDepth = 16;

/** How one product C[rows, columns] = A[rows, depth] B[depth, columns] is cut over workgroups and their lanes. */
export interface TileShape {
  /** Rows and columns of C that a workgroup computes. */
  readonly rows: number;
  readonly columns: number;
  /** Rows and columns that a lane computes. */
  readonly laneRows: 4 | 8;
  readonly laneColumns: 4 | 8;
}

/** The tile for large products. */
export const largestTile = { rows: 128, columns: 128, laneRows: 8, laneColumns: 8 } as const satisfies TileShape;

/** The sides of a product. */
export interface ProductSize {
  readonly rows: number;
  readonly columns: number;
  readonly depth: number;
}

/** The depth cut into `count` pieces of `depth`, whose sums are added afterwards. */
export interface DepthSplit {
  readonly count: number;
  readonly depth: number;
}

/**
 * Sides of tiles, and about how near each comes to the speed of the largest: a side of s loads 1 / s of the other matrix
 * for each multiply-add.
 */
const rowSides = [
  [128, 1],
  [64, 0.85],
  [32, 0.6],
] as const;
const columnSides = [...rowSides, [16, 0.35]] as const;

/** The side that wastes least: its speed times the part of its tiles that is not overhang. */
function bestSide(length: number, sides: readonly (readonly [number, number])[]): number {
  const score = ([side, speed]: readonly [number, number]) => (speed * length) / (Math.ceil(length / side) * side);
  return sides.reduce((best, side) => (score(side) > score(best) ? side : best))[0];
}

const leastLanes = 64;

/** Large tiles for large products, narrow ones for narrow; 8 x 8 values a lane where that leaves at least 64 lanes. */
export function tileShape({ rows, columns }: ProductSize): TileShape {
  const tileRows = bestSide(rows, rowSides);
  const tileColumns = bestSide(columns, columnSides);
  const lanes = (laneRows: number, laneColumns: number) => (tileRows / laneRows) * (tileColumns / laneColumns);
  const laneRows = tileRows >= 64 && lanes(8, 4) >= leastLanes ? 8 : 4;
  const laneColumns = tileColumns >= 64 && lanes(laneRows, 8) >= leastLanes ? 8 : 4;
  return { rows: tileRows, columns: tileColumns, laneRows, laneColumns };
}

/** Lanes of a workgroup. */
export function laneCount(tile: TileShape): number {
  return (tile.rows / tile.laneRows) * (tile.columns / tile.laneColumns);
}

/** Workgroups for one piece of the depth. */
export function tileCount(size: ProductSize, tile: TileShape): number {
  return Math.ceil(size.rows / tile.rows) * Math.ceil(size.columns / tile.columns);
}

/** Two rounds of 512 lanes on each of the 132 processors of a large GPU: fewer leave it idle at the end. */
const fullLanes = 2 ** 17;
/** Less depth than this in a piece costs more in partial sums than it gains. */
const leastDepth = 256;
/** One lane adds all partial sums of its values. */
const mostSplits = 256;
const partialBytesLimit = 64 * 2 ** 20;

/** Cuts the depth until the GPU is full, within the bytes that partial sums may take. */
export function depthSplit(size: ProductSize, tile: TileShape, maxBindingBytes: number): DepthSplit {
  const wanted = Math.ceil(fullLanes / (tileCount(size, tile) * laneCount(tile)));
  const byDepth = Math.floor(size.depth / leastDepth);
  const byBytes = Math.floor(Math.min(partialBytesLimit, maxBindingBytes) / (size.rows * size.columns * 4));
  const most = Math.max(1, Math.min(wanted, byDepth, byBytes, mostSplits));
  const depth = Math.max(1, Math.ceil(size.depth / most / tileDepth)) * tileDepth;
  return { count: Math.max(1, Math.ceil(size.depth / depth)), depth };
}
