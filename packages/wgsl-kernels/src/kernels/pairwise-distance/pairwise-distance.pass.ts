import type { PipelineSource } from '../../session/pipeline-cache.ts';
import type { DistanceMetric } from '../distance-metric.ts';
import { broadcastDispatch } from '../matrix-product/broadcast-rounds.wgsl.ts';
import { type ProductVariant, roundUp } from '../matrix-product/product-variants.ts';
import { largestTile, tileDepth } from '../matrix-product/tile-shape.ts';
import {
  broadcastColumns,
  broadcastDistanceSlots,
  broadcastDistanceWgsl,
  tiledDistanceWgsl,
} from './pairwise-distance.padded.wgsl.ts';

/** The sizes of one block of distances; `depth` is d with its padding. */
export interface DistanceSize {
  readonly n: number;
  readonly m: number;
  readonly depth: number;
}

/** A dispatch over padded rows. */
export interface DistanceDispatch {
  readonly rowsPerItem: number;
  readonly items: number;
  readonly rowsPerRound: number;
  readonly workgroups: number;
  /** Bytes of what the variant binds beside; 0 for nothing. */
  readonly scratchBytes: number;
}

/** A variant that works on padded rows: its code, and multiples of what it takes. */
export interface DistancePass {
  readonly source: PipelineSource;
  readonly aUnit: number;
  readonly bUnit: number;
  readonly depthUnit: number;
  dispatch(size: DistanceSize, maxBindingBytes: number): DistanceDispatch;
}

/** Enough pieces of work to keep the threads of a software adapter busy to the end, each of some rows of a. */
const broadcastItems = 64;
const leastRows = 256;

function tiledPass(metric: DistanceMetric): DistancePass {
  const { rows, columns } = largestTile;
  return {
    source: { label: `pairwise-distance: ${metric}, tiled`, code: tiledDistanceWgsl(metric) },
    aUnit: rows,
    bUnit: columns,
    depthUnit: tileDepth,
    dispatch({ n, m }) {
      const items = Math.ceil(n / rows) * Math.ceil(m / columns);
      return { rowsPerItem: rows, items, rowsPerRound: 0, workgroups: items, scratchBytes: 0 };
    },
  };
}

function broadcastPass(metric: DistanceMetric, lanes: number): DistancePass {
  const slots = broadcastDistanceSlots(lanes);
  return {
    source: { label: `pairwise-distance: ${metric}, broadcast`, code: broadcastDistanceWgsl(metric, lanes) },
    aUnit: 1,
    bUnit: broadcastColumns(lanes),
    depthUnit: slots,
    dispatch({ n, m, depth }, maxBindingBytes) {
      const blocks = Math.ceil(m / broadcastColumns(lanes));
      const parts = Math.max(1, Math.min(Math.ceil(broadcastItems / blocks), Math.floor(n / leastRows)));
      const rowsPerItem = Math.ceil(n / parts);
      const items = blocks * Math.ceil(n / rowsPerItem);
      const { sumBytes, ...rest } = broadcastDispatch(items, rowsPerItem, lanes, depth / slots, maxBindingBytes);
      return { rowsPerItem, items, ...rest, scratchBytes: sumBytes };
    },
  };
}

/** The pass of a variant on padded rows; `plain` reads them as they are. `lanes` are those of a subgroup. */
export function distancePass(
  variant: Exclude<ProductVariant, 'plain'>,
  metric: DistanceMetric,
  lanes = 8,
): DistancePass {
  return variant === 'tiled' ? tiledPass(metric) : broadcastPass(metric, lanes);
}

/** Most rows, at most `count`, whose padded copy of `depth` columns fits into `words`; 0 if not even one unit does. */
export function mostPaddedRows(count: number, unit: number, depth: number, words: number): number {
  return roundUp(count, unit) * depth <= words ? count : Math.floor(words / depth / unit) * unit;
}
