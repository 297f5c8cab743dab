import { DataFormatError } from '@csx/wgsl-kernels';
import { type FileSlice, openSlice } from '../file-slice.ts';
import { npyMatrix, openNpy } from '../npy-matrix.ts';
import type { LabelColumn } from './label-column.ts';
import type { LatentFile, OpenLatentsOptions } from './latent-file.ts';
import { readNpyLabels } from './npy-labels.ts';
import { copyRowMajor } from './row-major.ts';

/** Where the labels of an `.npy` file of latents lie unless told: `x.npy`, `x-labels.npy`. */
export const npyLabelsPath = (path: string) => path.replace(/\.npy$/, '-labels.npy');

/** Latents in an `.npy` file, and their labels in another. */
export async function openNpyLatents(whole: FileSlice, path: string, options: OpenLatentsOptions): Promise<LatentFile> {
  let close = () => whole.file.close();
  try {
    const header = await openNpy(whole);
    let matrix = npyMatrix(whole, header);
    const labels = await readLabelFile(options.labels ?? npyLabelsPath(path), options.labels !== undefined);
    if (header.fortranOrder) {
      const copied = await copyRowMajor(matrix, options);
      matrix = copied.matrix;
      close = async () => {
        await copied.scratch.close();
        await whole.file.close();
      };
    }
    return {
      ...matrix,
      name: whole.name,
      format: 'npy',
      names: { latents: '', labels: '' },
      labels,
      others: [],
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

async function readLabelFile(path: string, named: boolean): Promise<LabelColumn> {
  const slice = await openSlice(path).catch((error: unknown) => {
    if (named || !(error instanceof DataFormatError)) throw error;
    throw new DataFormatError(error.message, { hint: 'Name the file of the labels with --labels.', cause: error });
  });
  try {
    return await readNpyLabels(slice, await openNpy(slice));
  } finally {
    await slice.file.close();
  }
}
