import { InvalidInputError, InvalidOptionError, type Matrix, NumericError } from '@csx/wgsl-kernels';
import { checkMetric, checkNeighborCount } from '../latent-ops/check-inputs.ts';
import type { DistanceMetric, LatentOps, NearestResult } from '../latent-ops/latent-ops.ts';
import { createBaseBlocks, type LoadedBlock } from './base-blocks.ts';
import { type BlockSizes, blockSizes, callsInFlight } from './block-sizes.ts';
import { createCallPace } from './call-pace.ts';
import { mergeNeighbors, noNeighbors } from './merge-neighbors.ts';
import { type RowSource, readRows } from './row-source.ts';

/** How far a search is, in pairs of a query and a base row. */
export interface SearchProgress {
  readonly doneCount: number;
  readonly totalCount: number;
}

export interface NearestInBlocksOptions {
  /** How many neighbors of each row: 1 to 32, at most the base's rows. */
  readonly k: number;
  /** `squared-l2` when left out. */
  readonly metric?: DistanceMetric;
  /** Memory of host and device together, results included: see `blockSizes` for the reckoning. */
  readonly memoryBytes: number;
  readonly onProgress?: (progress: SearchProgress) => void;
  /** Ends the search between two calls, about a second apart. */
  readonly signal?: AbortSignal;
}

/**
 * The k nearest rows of a base for every query row, like `LatentOps.nearest`, where neither needs to fit into memory.
 *
 * Both are read in blocks (`blockSizes`). A block of queries meets every block of the base, and the neighbors of each
 * are merged by their float64 keys, so the result is that of the whole, bit for bit: the indices of `nearestReference`
 * on every adapter, equal distances to the lowest base row. The next block of the base is read and sent while the
 * current one is computed with; every other block of queries goes through the base backwards, so that the block which is
 * there serves twice.
 *
 * query [n, d], base [m, d]; n = 0 gives empty results. `recomputedCount` counts a row once for every base block in which
 * it was searched again. Deterministic.
 *
 * @throws InvalidInputError (widths, k, a row with NaN or infinity: it is named), InvalidOptionError (an unknown option
 * or metric, too little memory), NumericError (the nearest distance within a block exceeds f32), the signal's reason, and
 * what the sources and operations throw.
 */
export async function nearestInBlocks(
  ops: LatentOps,
  query: RowSource,
  base: RowSource,
  options: NearestInBlocksOptions,
): Promise<NearestResult> {
  const { k, metric = 'squared-l2', memoryBytes, onProgress, signal, ...unknown } = options;
  for (const name of Object.keys(unknown)) throw new InvalidOptionError(`nearest in blocks: unknown option ${name}`);
  checkMetric('nearest', metric);
  checkSources(query, base);
  checkNeighborCount(k, base.n);
  const { n, d } = query;
  const { largestKeptBytes } = ops;
  const sizes = blockSizes({ n, m: base.n, d, k, memoryBytes, largestKeptBytes });
  const known = noNeighbors(n, k);
  let recomputedCount = 0;
  let doneCount = 0;
  const totalCount = n * base.n;
  const pace = createCallPace(sizes.callRows);

  /** Searches one block of the base for all rows of a block of queries. */
  const searchBlock = async (rows: Matrix, firstQuery: number, block: LoadedBlock) => {
    const count = Math.min(k, block.matrix.n);
    const calls: { first: number; rowCount: number; found: Promise<NearestResult> }[] = [];
    // On a GPU one call computes while the host settles the one before; on the CPU they would only share it.
    const most = ops.description.kind === 'gpu' ? callsInFlight : 1;
    try {
      for (let next = 0; next < rows.n || calls.length > 0; ) {
        while (next < rows.n && calls.length < most) {
          signal?.throwIfAborted();
          const rowCount = Math.min(pace.rows(), rows.n - next);
          const part = { data: rows.data.subarray(next * d, (next + rowCount) * d), n: rowCount, d };
          const found = ops.nearest(part, block.matrix, count, metric);
          // Told when its turn comes, though it may fail before.
          found.catch(() => undefined);
          calls.push({ first: next, rowCount, found });
          next += rowCount;
        }
        const [{ first, rowCount, found }] = calls;
        const neighbors = await found;
        calls.shift();
        mergeNeighbors(known, k, { neighbors, count, firstQuery: firstQuery + first, firstBase: block.first });
        recomputedCount += neighbors.recomputedCount;
        doneCount += rowCount * block.matrix.n;
        pace.took(performance.now());
        onProgress?.({ doneCount, totalCount });
        // Operations on the CPU end in the turn they began in; reading, signals and displays need turns of their own.
        await new Promise((resolve) => setTimeout(resolve));
      }
    } catch (error) {
      throw error instanceof NumericError ? inBlocks(error, query, firstQuery, base, block.first) : error;
    } finally {
      await Promise.allSettled(calls.map(({ found }) => found));
    }
  };

  if (n > 0) await eachPairOfBlocks(ops, query, base, sizes, searchBlock);
  return { ...known, recomputedCount };
}

/** Brings every block of queries together with every block of the base, going back and forth through the base. */
async function eachPairOfBlocks(
  ops: LatentOps,
  query: RowSource,
  base: RowSource,
  { queryRows, baseRows }: BlockSizes,
  search: (rows: Matrix, firstQuery: number, block: LoadedBlock) => Promise<void>,
): Promise<void> {
  const blocks = createBaseBlocks(ops, base, baseRows);
  const space = new Float32Array(queryRows * query.d);
  try {
    let index = 0;
    blocks.request(index);
    for (let first = 0, direction = 1; first < query.n; first += queryRows, direction = -direction) {
      const rows = await readRows(query, first, Math.min(queryRows, query.n - first), space);
      for (let seen = 1; ; seen++) {
        const block = await blocks.take(index);
        if (seen < blocks.count) blocks.request(index + direction);
        await search(rows, first, block);
        if (seen === blocks.count) break;
        blocks.release(index);
        index += direction;
      }
    }
  } finally {
    await blocks.dispose();
  }
}

function checkSources(query: RowSource, base: RowSource): void {
  for (const { name, n, d } of [query, base])
    if (!Number.isSafeInteger(n) || n < 0 || n >= 2 ** 32 || !Number.isSafeInteger(d) || d < 1)
      throw new InvalidInputError(`${name}: ${n} rows of ${d} columns, expected fewer than 2^32 rows, columns from 1`);
  if (query.d !== base.d)
    throw new InvalidInputError(`${query.name} has ${query.d} columns, ${base.name} has ${base.d}; expected the same`);
}

/** The error of a call, whose rows count from where its blocks begin. */
function inBlocks(error: NumericError, query: RowSource, firstQuery: number, base: RowSource, firstBase: number) {
  return new NumericError(
    `${error.message} (rows of ${query.name} from ${firstQuery}, of ${base.name} from ${firstBase})`,
    { ...(error.hint !== undefined && { hint: error.hint }), cause: error },
  );
}
