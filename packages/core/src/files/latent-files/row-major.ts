import { createScratchFile, type ScratchFile } from '../scratch-file.ts';
import { matrixOfSlice, type StoredMatrix } from '../stored-matrix.ts';
import { storedBytes } from '../stored-values.ts';
import type { OpenLatentsOptions } from './latent-file.ts';

/** Bytes of rows that are taken out of columns at a time. */
const blockBytes = 2 ** 24;

/** A copy of a matrix in a scratch file, row by row: single rows of one that lies column by column take a read a value. */
export async function copyRowMajor(
  matrix: StoredMatrix,
  { scratchDirectory, onProgress, signal }: OpenLatentsOptions,
): Promise<{ matrix: StoredMatrix; scratch: ScratchFile }> {
  const { name, n, d, type } = matrix;
  const rowBytes = d * storedBytes[type];
  const scratch = await createScratchFile(scratchDirectory);
  try {
    const blockRows = Math.max(1, Math.min(n, Math.floor(blockBytes / rowBytes)));
    const block = new Uint8Array(blockRows * rowBytes);
    for (let first = 0; first < n; first += blockRows) {
      signal?.throwIfAborted();
      const count = Math.min(blockRows, n - first);
      await matrix.readStored(first, count, block);
      await scratch.write(block.subarray(0, count * rowBytes), first * rowBytes);
      onProgress?.((first + count) * rowBytes, n * rowBytes);
    }
  } catch (error) {
    await scratch.close();
    throw error;
  }
  return { matrix: matrixOfSlice(scratch.slice(name, 0, n * rowBytes), { n, d, type }), scratch };
}
