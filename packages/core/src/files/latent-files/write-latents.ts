import { createAtomicFiles } from '../atomic-file.ts';
import type { FileSlice } from '../file-slice.ts';
import { csvOutputPaths, writeCsvLatents } from './csv-output.ts';
import { type LatentContent, type LatentRows, typeWithin } from './latent-content.ts';
import type { LatentFormat } from './latent-file.ts';
import { npyOutputPaths, writeNpyLatents } from './npy-output.ts';
import { writeNpzLatents } from './npz-output.ts';
import { latentFormatOf } from './open-latents.ts';
import { writeParquetLatents } from './parquet-output.ts';
import { writeSafetensorsLatents } from './safetensors-output.ts';

/** The files that latents written to a path take: `.npy` and csv need others beside it. */
export function latentOutputPaths(path: string): readonly string[] {
  const format = latentFormatOf(path);
  if (format === 'npy') return npyOutputPaths(path);
  return format === 'csv' ? csvOutputPaths(path) : [path];
}

/** What is written, with the given rows as they are stored. */
export interface WriteLatentsInput extends LatentContent {
  readonly rows: LatentRows;
  /** The text that a csv file of the given rows has, to copy it. */
  readonly text?: FileSlice | undefined;
}

/**
 * Writes latents, labels and where the rows behind the given ones come from, in the format that the path ends in. Files
 * appear when they are whole, in place of those of the same name; after a failure these are as they were.
 *
 * @throws StorageError with the path and the reason, such as a full disk.
 */
export async function writeLatents(path: string, input: WriteLatentsInput): Promise<void> {
  const { rows, text, ...content } = input;
  const format: LatentFormat = latentFormatOf(path);
  if (typeWithin(format, content.type) !== content.type)
    return writeLatents(path, { ...input, type: 'float32', rows: { ...rows, given: widened(rows.given) } });
  const files = await createAtomicFiles(latentOutputPaths(path));
  try {
    if (format === 'csv') await writeCsvLatents(files, content, rows, text);
    else
      await {
        npz: writeNpzLatents,
        npy: writeNpyLatents,
        safetensors: writeSafetensorsLatents,
        parquet: writeParquetLatents,
      }[format](files, content, rows);
    await files.commit();
  } finally {
    await files.discard();
  }
}

/** bfloat16 as float32, whose upper half it is. */
async function* widened(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  for await (const piece of pieces) {
    const wide = new Uint8Array(2 * piece.length);
    for (let at = 0; at < piece.length; at += 2) {
      wide[2 * at + 2] = piece[at];
      wide[2 * at + 3] = piece[at + 1];
    }
    yield wide;
  }
}
