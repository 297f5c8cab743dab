import { DataFormatError } from '@csx/wgsl-kernels';
import { openSlice, readSlice } from '../file-slice.ts';
import { openCsvLatents } from './csv-latents.ts';
import { type LatentFile, type LatentFormat, latentFormats, type OpenLatentsOptions } from './latent-file.ts';
import { openNpyLatents } from './npy-latents.ts';
import { openNpzLatents } from './npz-latents.ts';
import { openParquetLatents } from './parquet-latents.ts';
import { openSafetensorsLatents } from './safetensors-latents.ts';

/**
 * The format that a file's name ends in.
 *
 * @throws DataFormatError for any other.
 */
export function latentFormatOf(path: string): LatentFormat {
  const ending = path.slice(path.lastIndexOf('.') + 1).toLowerCase();
  const format = latentFormats.find((known) => known === ending);
  if (format !== undefined) return format;
  throw new DataFormatError(
    `${path}: expected a name that ends in one of ${latentFormats.map((f) => `.${f}`).join(' ')}`,
    {
      hint: /^(pt|pth|bin|pkl|pickle|joblib|ckpt)$/.test(ending)
        ? 'Pickles are not read: save the latents with safetensors.torch.save_file or numpy.savez.'
        : 'The ending says what is inside.',
    },
  );
}

/**
 * Opens latents and their labels: an `.npz` or safetensors file with two arrays, a pair of `.npy` files, a parquet or csv
 * file with a column for the labels. Rows are then read block by block, so that none of them needs to fit into memory; of
 * the labels four bytes a row do.
 *
 * Values may be float16, bfloat16 (not in parquet), float32 or float64, whatever their byte order and whether rows or
 * columns follow each other; labels integers, booleans or text. Sizes are checked against the file before anything is
 * allocated.
 *
 * @throws DataFormatError naming the file, for what is damaged, not clear or not of these formats.
 * @throws StorageError where it cannot be read, or the scratch directory cannot be written.
 */
export async function openLatents(path: string, options: OpenLatentsOptions): Promise<LatentFile> {
  const format = latentFormatOf(path);
  const whole = await openSlice(path);
  const head = await readSlice(whole, 0, Math.min(2, whole.bytes)).catch(async (error: unknown) => {
    await whole.file.close();
    throw error;
  });
  if (head[0] === 0x80 && head[1] >= 2 && head[1] <= 5 && format !== 'safetensors') {
    await whole.file.close();
    throw new DataFormatError(`${path}: a Python pickle, which is not read`, {
      hint: 'Save arrays with numpy.savez, or tensors with safetensors.torch.save_file.',
    });
  }
  const file = await {
    npz: openNpzLatents,
    npy: (slice: typeof whole, own: OpenLatentsOptions) => openNpyLatents(slice, path, own),
    safetensors: openSafetensorsLatents,
    parquet: openParquetLatents,
    csv: openCsvLatents,
  }[format](whole, options);
  if (file.labels.indices.length !== file.n) {
    await file.close();
    throw new DataFormatError(`${path}: ${file.n} rows of latents, but ${file.labels.indices.length} labels`);
  }
  return file;
}
