import type { RowSource } from '../out-of-core/row-source.ts';
import { type FileSlice, readSliceInto } from './file-slice.ts';
import { decodeStored, type StoredType, storedBytes, swapBytes } from './stored-values.ts';

/** Rows of a matrix in a file, as f32 and as they are stored. */
export interface StoredMatrix extends RowSource {
  readonly type: StoredType;
  /** Writes rows `first` to `first + count` at the start of `into`: row-major, little-endian. */
  readStored(first: number, count: number, into: Uint8Array): Promise<void>;
}

export interface MatrixLayout {
  readonly n: number;
  readonly d: number;
  readonly type: StoredType;
  readonly bigEndian?: boolean;
  /** Columns one behind the other, not rows. */
  readonly columnMajor?: boolean;
}

/** Bytes that are converted or turned round at a time. */
const chunkBytes = 2 ** 20;

/** The values of a slice as a matrix; its size has been checked: n * d values. */
export function matrixOfSlice(slice: FileSlice, layout: MatrixLayout): StoredMatrix {
  const { n, d, type, bigEndian = false, columnMajor = false } = layout;
  const width = storedBytes[type];

  async function readStored(first: number, count: number, into: Uint8Array): Promise<void> {
    const bytes = into.subarray(0, count * d * width);
    if (columnMajor) await readColumns(slice, { n, d, width, first, count }, bytes);
    else await readSliceInto(slice, first * d * width, bytes);
    if (bigEndian) swapBytes(bytes, width);
  }

  return {
    name: slice.name,
    n,
    d,
    type,
    readStored,
    async read(first, count, into) {
      if (type === 'float32') {
        await readStored(first, count, new Uint8Array(into.buffer, into.byteOffset, count * d * 4));
        return;
      }
      const chunkRows = Math.max(1, Math.min(count, Math.floor(chunkBytes / (d * width))));
      const chunk = new Uint8Array(chunkRows * d * width);
      for (let done = 0; done < count; done += chunkRows) {
        const rows = Math.min(chunkRows, count - done);
        await readStored(first + done, rows, chunk);
        decodeStored(type, chunk.subarray(0, rows * d * width), into.subarray(done * d, (done + rows) * d));
      }
    },
  };
}

/** Rows out of columns: a read for each column. */
async function readColumns(
  slice: FileSlice,
  { n, d, width, first, count }: { n: number; d: number; width: number; first: number; count: number },
  into: Uint8Array,
): Promise<void> {
  const column = new Uint8Array(count * width);
  for (let j = 0; j < d; j++) {
    await readSliceInto(slice, (j * n + first) * width, column);
    for (let row = 0; row < count; row++) {
      const from = row * width;
      const to = (row * d + j) * width;
      for (let byte = 0; byte < width; byte++) into[to + byte] = column[from + byte];
    }
  }
}
