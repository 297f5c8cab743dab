import { DataFormatError } from '@csx/wgsl-kernels';
import type { RowSource } from '../out-of-core/row-source.ts';
import { openSlice } from './file-slice.ts';
import { npyMatrix, openNpy } from './npy-matrix.ts';
import { findZipEntry, readZipEntries, storedSlice } from './zip-slice.ts';

/** Rows of an array on the disk, read as they are asked for. */
export interface RowFile extends RowSource {
  close(): Promise<void>;
}

/**
 * Opens a matrix in numpy's format to read it row by row: an `.npy` file, or an array of an uncompressed `.npz`, which is
 * read in place (its CRC-32 is not checked, since that takes reading all of it). Values become f32: float16 and bfloat16
 * exactly, float64 rounded. Columns that follow each other (Fortran order) take a read each for every block of rows.
 *
 * @param path of the file; it ends in `.npz` for an archive.
 * @param member the array of an archive, without `.npy`; may be left out where there is only one.
 * @throws DataFormatError where there is no such file or array, for a compressed one, for anything but two dimensions of
 * floating-point values, and for wrong sizes.
 * @throws StorageError where it cannot be read.
 */
export async function openRowFile(path: string, member?: string): Promise<RowFile> {
  if (member !== undefined && !path.endsWith('.npz'))
    throw new DataFormatError(`${path}: asked for its array ${member}, but it is no .npz file`);
  const whole = await openSlice(path);
  try {
    const array = path.endsWith('.npz')
      ? await storedSlice(whole, findZipEntry(await readZipEntries(whole), path, member))
      : whole;
    const { name, n, d, read } = npyMatrix(array, await openNpy(array));
    return { name, n, d, read, close: () => whole.file.close() };
  } catch (error) {
    await whole.file.close();
    throw error;
  }
}
