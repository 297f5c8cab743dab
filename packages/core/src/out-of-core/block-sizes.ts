import { InvalidOptionError } from '@csx/wgsl-kernels';

/** What is searched, and within how many bytes. */
export interface BlockShape {
  /** Query rows, base rows, columns, neighbors. */
  readonly n: number;
  readonly m: number;
  readonly d: number;
  readonly k: number;
  readonly memoryBytes: number;
  /** Largest block that the operations keep where they compute (see `LatentOps`). */
  readonly largestKeptBytes: number;
}

/** Rows of each kind of block; the last of each kind may have fewer. */
export interface BlockSizes {
  /** Query rows in memory. */
  readonly queryRows: number;
  /** Base rows in memory, twice: the block that is computed with, and the next one. */
  readonly baseRows: number;
  /** Query rows of one call, at most. */
  readonly callRows: number;
}

/** Calls whose memory is reserved: one that computes, one whose results the host takes. */
export const callsInFlight = 2;

/**
 * Cuts a search into blocks that `memoryBytes` hold. Memory of host and device is counted together, since on software
 * and integrated adapters it is one; a runtime and its driver come on top, and so does what the operations
 * keep for themselves: a GPU's idle buffers (`SessionOptions.poolLimitBytes`), or what the CPU searches in
 * (`CpuLatentOpsOptions.searchBytes`).
 *
 * The reckoning, in bytes:
 *   results, for all queries: 16 k a row (index u32, distance f32, key f64).
 *   base, 40 d + 32 a row, ten times its values. Host: two blocks; one that the driver stages; two for a scaled copy
 *     (cosine of huge or tiny rows), or four for float64 copies on the CPU. Device: two kept blocks and one in the
 *     kernel's own layout, each up to a quarter larger by the pool's size classes; norms and factors.
 *   query, 4 d a row: host, one block.
 *   calls, 2 (16 d + 80 (k + 3)) a row of a call, two in flight: the rows sent, staged, in the kernel's layout, and
 *     candidates, lists and results on both sides.
 * Of what the results leave, the base gets half, the calls a quarter and the query block the rest. The base is read once
 * for every query block, ceil(n / queryRows) * m * 4 d bytes in all, and every row of a query is settled on the host once
 * for every base block: so neither should be small.
 *
 * @throws InvalidOptionError for less memory than blocks of one row need.
 */
export function blockSizes(shape: BlockShape): BlockSizes {
  const { n, m, d, k, memoryBytes, largestKeptBytes } = shape;
  const resultBytes = 16 * k * n;
  const baseBytes = 40 * d + 32;
  const callBytes = callsInFlight * (16 * d + 80 * (k + 3));
  const queryBytes = 4 * d;
  const rest = memoryBytes - resultBytes;
  const fitting = (bytes: number, bytesPerRow: number, most: number) => Math.min(most, Math.floor(bytes / bytesPerRow));
  const mostRows = Math.max(1, Math.floor(largestKeptBytes / (4 * d)));
  const baseRows = fitting(rest / 2, baseBytes, Math.min(m, mostRows));
  const callRows = fitting(rest / 4, callBytes, Math.min(n, mostRows));
  const queryRows = fitting(rest - baseRows * baseBytes - callRows * callBytes, queryBytes, n);
  if (n > 0 && !(Math.min(baseRows, callRows, queryRows) >= 1)) {
    const least = resultBytes + Math.max(2 * baseBytes, 4 * callBytes);
    throw new InvalidOptionError(
      `nearest in blocks: memoryBytes is ${memoryBytes}, expected at least ${least} for ${n} x ${m} rows of ${d} columns, k = ${k}`,
      { hint: `The results alone take ${resultBytes} bytes; many times more than that makes it fast.` },
    );
  }
  return { queryRows, baseRows, callRows: Math.min(callRows, queryRows) };
}
