import { broadcastDispatch } from '../matrix-product/broadcast-rounds.wgsl.ts';
import { type ProductVariant, roundUp } from '../matrix-product/product-variants.ts';
import { largestTile, tileDepth } from '../matrix-product/tile-shape.ts';
import { broadcastQueries, broadcastScoreWgsl, broadcastSlots } from './nearest.broadcast.wgsl.ts';
import { type NearestTerms, workgroupSize } from './nearest.common.wgsl.ts';
import { plainBaseRows, plainQueries, plainScoreWgsl } from './nearest.plain.wgsl.ts';
import type { LanesPerRow } from './nearest.prepare.wgsl.ts';
import { scanLanes, tiledScoreWgsl } from './nearest.tiled.wgsl.ts';

/** One dispatch of pass 1. */
export interface ScoreDispatch {
  readonly workgroups: number;
  /** Rows of the base that a workgroup takes at a time, for variants that need it. */
  readonly rowsPerRound: number;
  /** Bytes of what the variant binds beside; 0 for nothing. */
  readonly scratchBytes: number;
}

/** What a dispatch of pass 1 goes over: padded queries and columns, and the splits of a stretch of the base. */
export interface ScoreSize {
  readonly queries: number;
  readonly depth: number;
  readonly splits: number;
  readonly rowsPerSplit: number;
}

/** How a variant scores: its code, and what its input has to be like. */
export interface ScorePass {
  readonly code: string;
  /** Multiples that queries, rows of the base and columns are padded to. */
  readonly queryUnit: number;
  readonly baseUnit: number;
  readonly depthUnit: number;
  readonly listsPerSplit: number;
  readonly lanesPerRow: LanesPerRow;
  /** How many rows of a stretch of the base have lists of their own; both numbers are padded. */
  rowsPerSplit(queries: number, baseRows: number): number;
  dispatch(size: ScoreSize, maxBindingBytes: number): ScoreDispatch;
}

/** Equal splits, at most `wanted`, of multiples of `unit` rows and at least `least`. */
function equalSplits(baseRows: number, wanted: number, least: number, unit: number): number {
  const splits = Math.min(Math.ceil(wanted), Math.max(1, Math.floor(baseRows / least)));
  return roundUp(Math.ceil(baseRows / splits), unit);
}

/** Invocations that keep the threads of a software adapter busy to the end. */
const plainInvocations = 4096;
/** Rows of the base that make a split worth its own lists. */
const leastPlainRows = 128;

type ScoreTerms = Pick<NearestTerms, 'candidates' | 'filter'>;

function plainPass(terms: ScoreTerms): ScorePass {
  return {
    code: plainScoreWgsl(terms),
    queryUnit: plainQueries,
    baseUnit: plainBaseRows,
    depthUnit: 4,
    listsPerSplit: 1,
    lanesPerRow: 1,
    rowsPerSplit: (queries, baseRows) =>
      equalSplits(baseRows, (plainInvocations * plainQueries) / queries, leastPlainRows, plainBaseRows),
    dispatch: ({ queries, splits }) => ({
      workgroups: Math.ceil(((queries / plainQueries) * splits) / workgroupSize),
      rowsPerRound: 0,
      scratchBytes: 0,
    }),
  };
}

/** Four rounds of two workgroups on each of the 132 processors of a large GPU: fewer leave it idle at the end. */
const tiledWorkgroups = 1056;
/** Splits of a large base, so that a few tiles of queries and as many of the base are all that is read at a time. */
const leastTiledSplits = 8;

function tiledPass(terms: ScoreTerms): ScorePass {
  const { rows, columns } = largestTile;
  return {
    code: tiledScoreWgsl(terms),
    queryUnit: rows,
    baseUnit: columns,
    depthUnit: tileDepth,
    listsPerSplit: scanLanes,
    lanesPerRow: workgroupSize,
    rowsPerSplit: (queries, baseRows) =>
      equalSplits(baseRows, Math.max(leastTiledSplits, tiledWorkgroups / (queries / rows)), columns, columns),
    dispatch: ({ queries, splits }) => ({ workgroups: (queries / rows) * splits, rowsPerRound: 0, scratchBytes: 0 }),
  };
}

/** Enough pieces of work to keep the threads busy to the end. */
const broadcastItems = 64;
const leastBroadcastRows = 512;

function broadcastPass(terms: ScoreTerms, d: number, lanes: number): ScorePass {
  const slots = broadcastSlots(lanes, d);
  const queryUnit = broadcastQueries(lanes);
  return {
    code: broadcastScoreWgsl({ ...terms, lanes, slots }),
    queryUnit,
    baseUnit: 1,
    depthUnit: slots,
    listsPerSplit: 1,
    lanesPerRow: 1,
    rowsPerSplit: (queries, baseRows) =>
      equalSplits(baseRows, (broadcastItems * queryUnit) / queries, leastBroadcastRows, 1),
    dispatch({ queries, depth, splits, rowsPerSplit }, maxBindingBytes) {
      const items = (queries / queryUnit) * splits;
      const { workgroups, rowsPerRound, sumBytes } = broadcastDispatch(
        items,
        rowsPerSplit,
        lanes,
        depth / slots,
        maxBindingBytes,
      );
      return { workgroups, rowsPerRound, scratchBytes: sumBytes };
    },
  };
}

/** Pass 1 of a variant for d columns; `lanes` are those of a subgroup. */
export function scorePass(variant: ProductVariant, terms: ScoreTerms, d: number, lanes = 8): ScorePass {
  if (variant === 'plain') return plainPass(terms);
  return variant === 'tiled' ? tiledPass(terms) : broadcastPass(terms, d, lanes);
}
