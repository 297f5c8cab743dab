import { LimitExceededError } from '../errors.ts';

/** Rows `first` to `first + count` of a matrix. */
export interface RowChunk {
  readonly first: number;
  readonly count: number;
}

// A multiple of 64 rows of 4-byte values starts at a multiple of 256 bytes, where every device can begin a binding.
const alignment = 64;

/**
 * Cuts `n` rows into chunks whose binding, at `bytesPerRow`, stays within `maxBindingBytes`. All but the last are multiples
 * of `unit` rows, itself a divisor or a multiple of 64.
 */
export function rowChunks(
  kernel: string,
  n: number,
  bytesPerRow: number,
  maxBindingBytes: number,
  unit = alignment,
): RowChunk[] {
  const multiple = Math.max(unit, alignment);
  const most = Math.floor(maxBindingBytes / bytesPerRow / multiple) * multiple;
  if (most === 0 && n * bytesPerRow > maxBindingBytes) {
    throw new LimitExceededError(
      `${kernel}: ${multiple} rows of ${bytesPerRow} bytes do not fit into a binding of ${maxBindingBytes} bytes`,
    );
  }
  const size = most === 0 ? n : most;
  const chunks: RowChunk[] = [];
  for (let first = 0; first < n; first += size) chunks.push({ first, count: Math.min(size, n - first) });
  return chunks;
}
